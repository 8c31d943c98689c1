// Command bench measures the framework beside peers on the same broker, in the
// same run: contestants take turns, so that a machine that drifts hits them
// all, and what counts is the ratio, round by round.
//
//	go run . -short        three contestants, a few rounds
//
// It starts a Kafka of its own, or uses the one that -brokers names.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

type options struct {
	brokers    string
	records    int
	rounds     int
	partitions int
	profile    string
	only       string
}

func main() {
	var o options
	short := flag.Bool("short", false, "few records, few rounds: to see that it runs")
	flag.StringVar(&o.brokers, "brokers", "", "bootstrap servers; empty starts a Kafka")
	flag.IntVar(&o.records, "records", 1_000_000, "records of 100 bytes, with 1,000 keys")
	flag.IntVar(&o.rounds, "rounds", 7, "paired rounds")
	flag.IntVar(&o.partitions, "partitions", 1, "partitions of the topic")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the framework's runs to this file")
	flag.StringVar(&o.only, "only", "", "run this contestant alone")
	flag.Parse()
	if *short {
		o.records, o.rounds = min(o.records, 200_000), min(o.rounds, 3)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
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
	topic, err := fill(ctx, o)
	if err != nil {
		return err
	}
	contestants := []contestant{
		{"hearken BATCH", hearken},
		{"hearken queues", hearkenQueues},
		{"Poll loop, tuned, auto-commit", tunedLoop},
		{"Poll loop, tuned, commit each 500", committingLoop},
		{"Poll loop, default", defaultLoop},
	}
	rates := make([][]float64, len(contestants))
	for round := range o.rounds + 1 {
		for i, c := range contestants {
			if o.only != "" && o.only != c.name {
				continue
			}
			rate, err := measure(ctx, o, c, topic, i == 0 && round > 0)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 { // the first round warms up
				rates[i] = append(rates[i], rate)
			}
		}
	}
	report(o, contestants, rates)
	return ctx.Err()
}

// A contestant reads n records of topic from the beginning, in a new group,
// and returns the time from its first record to its last.
type contestant struct {
	name string
	read func(ctx context.Context, brokers, topic string, n int) (time.Duration, error)
}

func measure(ctx context.Context, o options, c contestant, topic string, profiled bool) (float64, error) {
	if profiled && o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return 0, err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return 0, err
		}
		defer pprof.StopCPUProfile()
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	took, err := c.read(ctx, o.brokers, topic, o.records)
	return float64(o.records) / took.Seconds(), err
}

func report(o options, contestants []contestant, rates [][]float64) {
	fmt.Printf("%d records of 100 bytes, %d partitions, %d paired rounds; ratios round by round, medians\n", o.records, o.partitions, o.rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "contestant\trecords/s\tlowest\thighest\thearken is")
	for i, c := range contestants {
		if len(rates[i]) == 0 {
			continue
		}
		ratios := make([]float64, 0, o.rounds)
		for r := range rates[i] {
			if len(rates[0]) > r {
				ratios = append(ratios, rates[0][r]/rates[i][r])
			}
		}
		_, _ = fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.2f ×\n", c.name, median(rates[i]), slices.Min(rates[i]), slices.Max(rates[i]), median(ratios))
	}
	_ = w.Flush()
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
