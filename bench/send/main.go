//go:build unix

// Command send measures the template beside hand-written producing code on the
// same broker, in the same run: contestants take turns, and what counts is the
// ratio, round by round.
//
//	go run ./send -short
//
// It starts a Kafka of its own, or uses the one that -brokers names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

type options struct {
	brokers string
	topic   string
	records int // of the asynchronous contests; the others send a fraction
	rounds  int
	linger  time.Duration
	profile string
	only    string
}

// A contest is two contestants who do the same, and by how much less of it.
type contest struct {
	name         string
	share        int
	ours, theirs func(ctx context.Context, o options, n int) (time.Duration, error)
}

var contests = []contest{
	{"async", 1, async, asyncByHand},
	{"async8", 1, async8, async8ByHand},
	{"wait64", 10, wait64, wait64ByHand},
	{"tx100", 5, transactions, transactionsByHand},
}

func main() {
	var o options
	short := flag.Bool("short", false, "few records, few rounds: to see that it runs")
	flag.StringVar(&o.brokers, "brokers", "", "bootstrap servers; empty starts a Kafka")
	flag.IntVar(&o.records, "records", 500_000, "records of 100 bytes, with 1,000 keys")
	flag.IntVar(&o.rounds, "rounds", 7, "paired rounds")
	flag.DurationVar(&o.linger, "linger", 0, "linger.ms of both")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the template's runs to this file")
	flag.StringVar(&o.only, "only", "", "run these contests alone: async,async8,wait64,tx100")
	flag.Parse()
	if *short {
		o.records, o.rounds = min(o.records, 100_000), min(o.rounds, 3)
	}
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "send:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.brokers == "" {
		cluster, err := devkafka.Start(ctx, devkafka.Options{})
		if err != nil {
			return err
		}
		defer cluster.Stop()
		o.brokers = cluster.Brokers()
	}
	if err := create(ctx, &o); err != nil {
		return err
	}
	fmt.Printf("records of 100 bytes, 6 partitions, acks=all, idempotent, linger %s; medians of %d paired rounds\n", o.linger, o.rounds)
	for _, c := range contests {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), c.name) {
			continue
		}
		if err := c.run(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (c contest) run(ctx context.Context, o options) error {
	n := o.records / c.share
	var ours, theirs, ratios, ourCPU, theirCPU []float64
	for round := range o.rounds + 1 {
		before := cpu()
		a, err := profiled(o, round == 1, func() (time.Duration, error) { return c.ours(ctx, o, n) })
		if err != nil {
			return err
		}
		between := cpu()
		b, err := c.theirs(ctx, o, n)
		if err != nil {
			return err
		}
		after := cpu()
		if round == 0 {
			continue // it warms up
		}
		ours, theirs = append(ours, float64(n)/a.Seconds()), append(theirs, float64(n)/b.Seconds())
		ratios = append(ratios, b.Seconds()/a.Seconds())
		ourCPU = append(ourCPU, float64((between-before).Nanoseconds())/1000/float64(n))
		theirCPU = append(theirCPU, float64((after-between).Nanoseconds())/1000/float64(n))
	}
	fmt.Printf("%-8s hearken %8.0f/s  by hand %8.0f/s  ratio %.2f (%.2f to %.2f)  CPU per record %.2f and %.2f µs\n",
		c.name, median(ours), median(theirs), median(ratios), slices.Min(ratios), slices.Max(ratios), median(ourCPU), median(theirCPU))
	return nil
}

func profiled(o options, wanted bool, fn func() (time.Duration, error)) (time.Duration, error) {
	if !wanted || o.profile == "" {
		return fn()
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return 0, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	took, err := fn()
	pprof.StopCPUProfile()
	return took, errors.Join(err, f.Close())
}

func create(ctx context.Context, o *options) error {
	admin, err := kafka.NewAdminClient(&kafka.ConfigMap{"bootstrap.servers": o.brokers})
	if err != nil {
		return err
	}
	defer admin.Close()
	o.topic = fmt.Sprintf("bench-send-%d", time.Now().UnixNano())
	results, err := admin.CreateTopics(ctx, []kafka.TopicSpecification{{
		Topic: o.topic, NumPartitions: 6, ReplicationFactor: 1, Config: map[string]string{"retention.bytes": "50000000"},
	}})
	if err == nil && results[0].Error.Code() != kafka.ErrNoError {
		err = results[0].Error
	}
	return err
}

// cpu is what this process has used: on a busy machine it tells more than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
