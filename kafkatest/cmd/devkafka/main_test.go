//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hearken-go/hearken/kafkatest"
)

// TestMain lets the test binary be devkafka itself.
func TestMain(m *testing.M) {
	if os.Getenv("BE_DEVKAFKA") != "" {
		main()
	}
	os.Exit(m.Run())
}

func devkafkaCmd(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "BE_DEVKAFKA=1", "HEARKEN_TEST_BROKERS=", "HEARKEN_REQUIRE_KAFKA=")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func TestWithoutKafka(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  []string
		args []string
		code int
		out  string
		err  string
	}{
		{"goes on", []string{"PATH="}, []string{"run", "--", "/bin/sh", "-c", "echo [$HEARKEN_TEST_BROKERS]; exit 5"}, 5, "[]", "java is not installed"},
		{"required", []string{"PATH=", "HEARKEN_REQUIRE_KAFKA=1"}, []string{"run", "--", "/bin/sh", "-c", "echo ran"}, 3, "", "HEARKEN_REQUIRE_KAFKA is set"},
		{"given", []string{"HEARKEN_TEST_BROKERS=h:1"}, []string{"run", "--", "/bin/sh", "-c", "echo $HEARKEN_TEST_BROKERS"}, 0, "h:1", "using h:1"},
		{"killed command", []string{"PATH="}, []string{"run", "--", "/bin/sh", "-c", "kill -KILL $$"}, 137, "", "going on without"},
		{"no command", nil, []string{"run"}, 1, "", "run what?"},
		{"unknown", nil, []string{"dance"}, 1, "", "unknown command"},
		{"nothing", nil, nil, 1, "", "say run, start or stop"},
		{"nothing to stop", []string{"XDG_CACHE_HOME=" + t.TempDir()}, []string{"stop"}, 0, "", "nothing to stop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			cmd := devkafkaCmd(t, tt.env, tt.args...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if got := strings.TrimSpace(stdout.String()); got != tt.out {
				t.Errorf("output %q, want %q", got, tt.out)
			}
			if got := stderr.String(); !strings.Contains(got, tt.err) || strings.Count(got, "\n") > 1 {
				t.Errorf("said %q, want one line with %q", got, tt.err)
			}
		})
	}
}

// However the launcher dies, its Kafka dies with it.
func TestNoKafkaStaysBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a JVM")
	}
	if _, err := exec.LookPath("java"); err != nil && os.Getenv("HEARKEN_REQUIRE_KAFKA") == "" {
		t.Skip("java is not installed")
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		cmd := devkafkaCmd(t, []string{"TMPDIR=" + t.TempDir()}, "run", "--", "/bin/sh", "-c", "echo $HEARKEN_TEST_BROKERS; read forever")
		stdin, err := cmd.StdinPipe() // held open, so that the command waits, and ends with this test
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		address, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(cmd.Process.Signal(sig), stdin.Close()); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		kafkatest.Eventually(t, 2*time.Minute, "Kafka dies after "+sig.String(), func() (bool, string) {
			conn, err := net.Dial("tcp", strings.TrimSpace(address))
			if err != nil {
				return true, ""
			}
			return false, fmt.Sprintf("it still answers (%v)", conn.Close())
		})
	}
}
