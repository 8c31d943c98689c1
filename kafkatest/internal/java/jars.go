//go:build unix

package java

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrMissing says that a tool is not installed, or that Maven could not fetch jars.
var ErrMissing = errors.New("missing")

// Tool returns the path of a program: java, javac, mvn. Without it the error is an ErrMissing.
func Tool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not installed", ErrMissing, name)
	}
	return path, nil
}

// CacheDir returns the folder that jars are kept in.
func CacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	return filepath.Join(cache, "hearken"), nil
}

// A Jar is what Maven calls an artifact: group, name and version.
type Jar struct{ Group, Name, Version string }

// Jars returns a folder under CacheDir that holds the jars and all that they
// need. The first time, Maven fetches them; an ErrMissing says that it can't.
func Jars(ctx context.Context, folder string, jars ...Jar) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, folder)
	return path, Once(path, func(work string) (string, error) {
		file, libs := filepath.Join(work, "pom.xml"), filepath.Join(work, "libs")
		if err := os.WriteFile(file, []byte(pom(jars)), 0o644); err != nil {
			return "", err
		}
		mvn, err := Tool("mvn")
		if err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, mvn, "-B", "-q", "-f", file,
			"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: mvn fetched no jars: %w: %s", ErrMissing, err, firstError(string(out)))
		}
		return libs, nil
	})
}

// Once makes the folder at path unless it is there, in one step: others see it
// whole or not at all. fill gets a folder beside it to work in, and returns the
// one in there that becomes path.
func Once(path string, fill func(work string) (string, error)) error {
	if present(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(path), "fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a leftover in the cache harms nobody
	made, err := fill(work)
	if err != nil {
		return err
	}
	if err := os.Rename(made, path); err != nil && !present(path) { // another process may have been quicker
		return err
	}
	return nil
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func pom(jars []Jar) string {
	var out strings.Builder
	out.WriteString(`<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hearken</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
`)
	for _, j := range jars {
		fmt.Fprintf(&out, "    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>\n", j.Group, j.Name, j.Version)
	}
	out.WriteString("  </dependencies>\n</project>\n")
	return out.String()
}

// firstError returns Maven's first line about an error.
func firstError(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "ERROR") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(out)
}
