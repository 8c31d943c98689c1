//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

//go:embed java
var javaFiles embed.FS

// errNoJava says that this machine has no JDK or no Maven, or that Maven can't fetch.
var errNoJava = errors.New("no Java contestants")

// javaCommand compiles the program of a side by Maven, the first time, and
// returns how to start it. Jars and classes stay in the user's cache folder.
func javaCommand(ctx context.Context, s side) ([]string, error) {
	for _, tool := range []string{"java", "javac", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: %s is not installed", errNoJava, tool)
		}
	}
	profile := map[side]string{springSide: "spring", parallelSide: "parallel"}[s]
	files, err := javaSources("common", profile)
	if err != nil {
		return nil, err
	}
	cache, err := devkafka.CacheDir()
	if err != nil {
		return nil, err
	}
	made := filepath.Join(cache, fmt.Sprintf("bench-%s-%.12x", profile, fingerprint(files)))
	if _, err := os.Stat(made); err != nil {
		if err := compile(ctx, files, profile, made); err != nil {
			return nil, err
		}
	}
	main := strings.ToUpper(profile[:1]) + profile[1:]
	classPath := filepath.Join(made, "classes") + string(os.PathListSeparator) + filepath.Join(made, "libs", "*")
	return []string{"java", "-Xmx1g", "-cp", classPath, main}, nil
}

// javaSources returns the project's file and what is in those folders, by where Maven wants it.
func javaSources(folders ...string) (map[string][]byte, error) {
	pom, err := javaFiles.ReadFile("java/pom.xml")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"pom.xml": pom}
	for _, folder := range folders {
		err := fs.WalkDir(javaFiles, path.Join("java", folder), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files[path.Join("src", path.Base(name))], err = javaFiles.ReadFile(name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func fingerprint(files map[string][]byte) []byte {
	h := sha256.New()
	for _, name := range sortedKeys(files) {
		_, _ = fmt.Fprintf(h, "%s %d\n%s", name, len(files[name]), files[name])
	}
	return h.Sum(nil)
}

// compile makes the folder of classes and libs, in one step: others see it whole or not at all.
func compile(ctx context.Context, files map[string][]byte, profile, made string) error {
	if err := os.MkdirAll(filepath.Dir(made), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(made), "compile-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a leftover in the cache harms nobody
	if err := os.Mkdir(filepath.Join(work, "src"), 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "mvn", "-B", "-q", "-P"+profile, "compile", "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+filepath.Join(work, "target", "libs"))
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: mvn: %w: %s", errNoJava, err, firstError(string(out)))
	}
	if err := os.Rename(filepath.Join(work, "target"), made); err != nil {
		if _, gone := os.Stat(made); gone != nil { // else another process was quicker
			return err
		}
	}
	return nil
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
