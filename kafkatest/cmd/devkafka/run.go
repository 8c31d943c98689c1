//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

const (
	envBrokers = "HEARKEN_TEST_BROKERS"
	envRequire = "HEARKEN_REQUIRE_KAFKA"
)

// errRequired: HEARKEN_REQUIRE_KAFKA is set, and there is no Kafka.
var errRequired = errors.New(envRequire + " is set")

// run runs command with a Kafka of its own.
func run(opts devkafka.Options, command []string) error {
	if len(command) == 0 {
		return errors.New("run what? devkafka run -- CMD ARGS")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if brokers := os.Getenv(envBrokers); brokers != "" {
		fmt.Fprintf(os.Stderr, "devkafka: using %s\n", brokers)
		return execute(ctx, command, brokers)
	}
	began := time.Now()
	cluster, err := devkafka.Start(ctx, opts)
	switch {
	case errors.Is(err, devkafka.ErrUnavailable):
		return without(ctx, command, err)
	case err != nil:
		return err
	}
	defer cluster.Stop()
	fmt.Fprintf(os.Stderr, "devkafka: Kafka %s at %s after %.1f s\n",
		devkafka.Version, cluster.Brokers(), time.Since(began).Seconds())
	return execute(ctx, command, cluster.Brokers())
}

// without runs command with no Kafka, unless one is required.
func without(ctx context.Context, command []string, reason error) error {
	if must, _ := strconv.ParseBool(os.Getenv(envRequire)); must {
		return fmt.Errorf("%w, and %w", reason, errRequired)
	}
	fmt.Fprintf(os.Stderr, "%v: going on without, tests that need it are skipped\n", reason)
	return execute(ctx, command, "")
}

// execute runs command and waits for its end, also after a signal: that one is
// passed on, and a command that ignores it for 30 s is killed.
func execute(ctx context.Context, command []string, brokers string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), envBrokers+"="+brokers)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}
