//go:build unix

package devkafka_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

func TestThreeNodesSurviveAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three JVMs")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cluster := start(t, ctx, devkafka.Options{Nodes: 3, Properties: map[string]string{"log.retention.check.interval.ms": "100", "log.initial.task.delay.ms": "100"}})
	b := kafkatest.At(t, cluster.Brokers())
	topic := b.NewTopic("orders", 3)
	kafkatest.ProduceValues(b, topic, 1, 2, 3)
	past := b.NewTopic("past", 1)
	b.Produce(past, kafkatest.Value("2020").At(time.UnixMilli(1_600_000_000_000)))

	must(t, cluster.Kill(2))
	kafkatest.ProduceValues(b, topic, 4, 5, 6)
	must(t, cluster.Restart(ctx, 2))
	if err := cluster.Restart(ctx, 2); err == nil {
		t.Error("a node that is up was started again")
	}
	must(t, cluster.Freeze(3))
	must(t, cluster.Thaw(3))
	must(t, cluster.Shutdown(ctx, 3))
	if err := cluster.Freeze(3); err == nil {
		t.Error("a node that is down was frozen")
	}
	if got := b.WaitRecords(topic, 6); len(got) != 6 {
		t.Errorf("%d records, want 6", len(got))
	}
	if got := b.Records(past); len(got) != 1 {
		t.Errorf("%d records of 2020: age is no reason to go", len(got))
	}

	cluster.Stop()
	for address := range strings.SplitSeq(cluster.Brokers(), ",") {
		if conn, err := net.Dial("tcp", address); err == nil {
			t.Errorf("%s still answers", address)
			_ = conn.Close()
		}
	}
	if _, err := os.Stat(cluster.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data is still there: %v", err)
	}
}

// A bad setting shows the log, at once: one that no data is made with, and one
// that ends the JVM afterwards.
func TestABadSettingShowsTheLog(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a JVM")
	}
	for key, value := range map[string]string{"num.io.threads": "none", "authorizer.class.name": "no.such.Authorizer"} {
		cluster, err := devkafka.Start(t.Context(), devkafka.Options{Properties: map[string]string{key: value}})
		if errors.Is(err, devkafka.ErrUnavailable) && os.Getenv("HEARKEN_REQUIRE_KAFKA") == "" {
			t.Skip(err)
		}
		if err == nil {
			cluster.Stop()
		}
		said := fmt.Sprint(err)
		if !strings.Contains(said, key) && !strings.Contains(said, value) {
			t.Errorf("the error does not name the setting: %s", said)
		}
		if strings.Contains(said, "gave up") {
			t.Errorf("the end of the JVM was not seen: %s", said)
		}
	}
}

func TestNoJava(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := devkafka.Start(t.Context(), devkafka.Options{})
	if !errors.Is(err, devkafka.ErrUnavailable) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func start(t *testing.T, ctx context.Context, opts devkafka.Options) *devkafka.Cluster {
	t.Helper()
	cluster, err := devkafka.Start(ctx, opts)
	if errors.Is(err, devkafka.ErrUnavailable) && os.Getenv("HEARKEN_REQUIRE_KAFKA") == "" {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(cluster.Stop)
	return cluster
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
