//go:build unix

package devkafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Version is the Apache Kafka that runs.
const Version = "4.2.0"

// ErrUnavailable says that this machine cannot run Kafka: Java or Maven is
// missing, or Maven could not fetch the jars. The error around it says which.
var ErrUnavailable = errors.New("no Kafka on this machine")

// pom names what Maven copies: Kafka, and the bridge that makes it log.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hearken</groupId><artifactId>devkafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + Version + `</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.3</version></dependency>
  </dependencies>
</project>
`

// tools is what starting a node takes.
type tools struct {
	java string
	jars string // folder
}

func (t tools) classPath() string { return filepath.Join(t.jars, "*") }

// CacheDir returns the folder that the jars and the launcher's state live in.
func CacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("devkafka: no cache folder: %w", err)
	}
	return filepath.Join(cache, "hearken"), nil
}

// prepare finds Java and, the first time, fetches the jars.
func prepare(ctx context.Context) (tools, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return tools{}, fmt.Errorf("devkafka: %w: java is not installed", ErrUnavailable)
	}
	cache, err := CacheDir()
	if err != nil {
		return tools{}, err
	}
	jars := filepath.Join(cache, "kafka-"+Version)
	if _, err := os.Stat(jars); err == nil {
		return tools{java, jars}, nil
	}
	return tools{java, jars}, fetch(ctx, cache, jars)
}

// fetch fills jars in one step: others see it whole or not at all.
func fetch(ctx context.Context, cache, jars string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("devkafka: %w: mvn is not installed", ErrUnavailable)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a leftover in the cache harms nobody
	file, libs := filepath.Join(work, "pom.xml"), filepath.Join(work, "libs")
	if err := os.WriteFile(file, []byte(pom), 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, mvn, "-B", "-q", "-f", file,
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("devkafka: %w: mvn fetched no jars: %w: %s", ErrUnavailable, err, firstError(string(out)))
	}
	if err := os.Rename(libs, jars); err != nil && !present(jars) { // another process may have been quicker
		return err
	}
	return nil
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
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
