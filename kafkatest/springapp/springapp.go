//go:build unix

// Package springapp runs a small service written with spring-kafka, for tests
// of groups that such a service and listeners of ours share. It needs a JDK and
// Maven; jars and classes are kept in the user's cache folder.
package springapp

import (
	"context"
	"crypto/sha256"
	_ "embed" // of the program
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hearken-go/hearken/kafkatest/internal/java"
)

// Version is the spring-kafka that runs.
const Version = "4.0.4"

// ErrUnavailable says that this machine cannot run the service: a JDK or Maven
// is missing, or Maven could not fetch the jars. The error around it says which.
var ErrUnavailable = errors.New("no Spring on this machine")

//go:embed SpringApp.java
var source []byte

// A Program is the service, compiled.
type Program struct{ java, classPath string }

// Prepare fetches the jars and compiles the program, the first time.
func Prepare(ctx context.Context) (Program, error) {
	p, err := prepare(ctx)
	if errors.Is(err, java.ErrMissing) {
		return p, fmt.Errorf("springapp: %w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return p, fmt.Errorf("springapp: %w", err)
	}
	return p, nil
}

func prepare(ctx context.Context) (Program, error) {
	runtime, err := java.Tool("java")
	if err != nil {
		return Program{}, err
	}
	javac, err := java.Tool("javac")
	if err != nil {
		return Program{}, err
	}
	jars, err := java.Jars(ctx, "spring-kafka-"+Version,
		java.Jar{Group: "org.springframework.kafka", Name: "spring-kafka", Version: Version})
	if err != nil {
		return Program{}, err
	}
	classes := filepath.Join(filepath.Dir(jars), fmt.Sprintf("springapp-%s-%x", Version, sha256.Sum256(source))[:40])
	err = java.Once(classes, func(work string) (string, error) {
		file, out := filepath.Join(work, "SpringApp.java"), filepath.Join(work, "classes")
		if err := os.WriteFile(file, source, 0o644); err != nil {
			return "", err
		}
		said, err := exec.CommandContext(ctx, javac, "-d", out, "-cp", filepath.Join(jars, "*"), file).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("compile the service: %w\n%s", err, said)
		}
		return out, nil
	})
	return Program{runtime, classes + string(os.PathListSeparator) + filepath.Join(jars, "*")}, err
}

// Settings are the arguments of the service: brokers, group, topic, ack-mode
// (BATCH), concurrency (1), work (0: milliseconds for each record); names with a
// dot are properties of the consumer, whose assignors are those of Java's client
// unless partition.assignment.strategy says otherwise.
//
// produce=N makes it a program that sends N records with the keys key-0 … by Kafka's
// own client, with "PID sent PARTITION OFFSET KEY" for each, and ends; request=N one
// that sends the requests 0 … by a ReplyingKafkaTemplate whose replies are in
// topic replies=…, with "PID reply PARTITION OFFSET VALUE" in their order.
type Settings map[string]string

// A Service is a running one.
type Service struct{ *java.Process }

// Start starts the service. Its output, "PID start PARTITION OFFSET VALUE" and
// "PID end …" around the work on each record, goes to out; what it has to say
// besides to log.
func (p Program) Start(s Settings, out, log *os.File) (Service, error) {
	args := []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", p.classPath, "SpringApp"}
	for key, value := range s {
		args = append(args, key+"="+value)
	}
	cmd := exec.Command(p.java, args...)
	cmd.Stdout, cmd.Stderr = out, log
	process, err := java.Spawn(cmd)
	if err != nil {
		return Service{}, fmt.Errorf("springapp: %w", err)
	}
	return Service{process}, nil
}

// Kill ends the service at once.
func (s Service) Kill() {
	s.Signal(syscall.SIGKILL)
	<-s.Done()
}

// Stop ends the service in order, and reports whether it ended by itself within d.
func (s Service) Stop(d time.Duration) bool {
	s.Signal(syscall.SIGTERM)
	select {
	case <-s.Done():
		return true
	case <-time.After(d):
		s.Kill()
		return false
	}
}
