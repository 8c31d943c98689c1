//go:build unix

package devkafka

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hearken-go/hearken/kafkatest/internal/java"
)

// Version is the Apache Kafka that runs.
const Version = "4.2.0"

// ErrUnavailable says that this machine cannot run Kafka: Java or Maven is
// missing, or Maven could not fetch the jars. The error around it says which.
var ErrUnavailable = errors.New("no Kafka on this machine")

// tools is what starting a node takes.
type tools struct {
	java string
	jars string // folder
}

func (t tools) classPath() string { return filepath.Join(t.jars, "*") }

// CacheDir returns the folder that the jars and the launcher's state live in.
func CacheDir() (string, error) { return java.CacheDir() }

// prepare finds Java and, the first time, fetches Kafka and the bridge that makes it log.
func prepare(ctx context.Context) (tools, error) {
	runtime, err := java.Tool("java")
	if err != nil {
		return tools{}, unavailable(err)
	}
	jars, err := java.Jars(ctx, "kafka-"+Version,
		java.Jar{Group: "org.apache.kafka", Name: "kafka_2.13", Version: Version},
		java.Jar{Group: "org.apache.logging.log4j", Name: "log4j-slf4j-impl", Version: "2.25.3"})
	return tools{runtime, jars}, unavailable(err)
}

func unavailable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, java.ErrMissing):
		return fmt.Errorf("devkafka: %w: %w", ErrUnavailable, err)
	default:
		return fmt.Errorf("devkafka: %w", err)
	}
}
