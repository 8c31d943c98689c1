//go:build unix

// Command bench measures the framework beside peers on the same broker, in the
// same run: contestants take turns, so that a machine that drifts hits them
// all, and what counts is the ratio, round by round. README.md says what is equal.
//
//	go run . -scenario batch-1p,keys    some scenarios
//	go run . -short                     three scenarios, few records: to see that it runs
//	go run . -resume results/run-….csv  go on with a run that was ended
//	go run . -report results/run-….csv  tables and plots of a run, anew
//
// It starts a Kafka of its own, or uses the one that -brokers names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/bench/ours"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

type options struct {
	brokers   string
	scenarios string
	only      string
	rounds    int
	budget    time.Duration
	scale     float64
	short     bool
	out       string
	resume    string
	report    string
	peers     string
	profile   string
	list      bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == contestants {
		agent.Serve(ours.Contestants())
		return
	}
	o := parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := do(ctx, o)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() options {
	var o options
	flag.StringVar(&o.brokers, "brokers", "", "bootstrap servers; empty starts a Kafka")
	flag.StringVar(&o.scenarios, "scenario", "", "run these scenarios alone, with commas; a trailing * stands for the rest of a name")
	flag.StringVar(&o.only, "only", "", "run these contestants alone, with commas")
	flag.IntVar(&o.rounds, "rounds", 7, "paired rounds, after one that warms up")
	flag.DurationVar(&o.budget, "budget", 58*time.Minute, "how long all may take: what is longer reads fewer records")
	flag.Float64Var(&o.scale, "scale", 1, "share of the records of a full run")
	flag.BoolVar(&o.short, "short", false, "three scenarios, few records, three rounds, 130 s: to see that it runs")
	flag.StringVar(&o.out, "out", "", "folder of the results (results, or results/short with -short)")
	flag.StringVar(&o.resume, "resume", "", "go on with the run of this file")
	flag.StringVar(&o.report, "report", "", "measure nothing: write tables and plots of this file")
	flag.StringVar(&o.peers, "peers", "", "the program of the Go peers; empty builds it from ./peers")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the framework's last measured round to this file")
	flag.BoolVar(&o.list, "list", false, "list scenarios and contestants")
	flag.Parse()
	if o.short {
		o.rounds, o.budget = min(o.rounds, 3), min(o.budget, 130*time.Second)
	}
	if o.out == "" {
		o.out = "results"
		if o.short {
			o.out = "results/short"
		}
	}
	return o
}

func do(ctx context.Context, o options) error {
	if o.list {
		return list()
	}
	if o.report != "" {
		rows, err := load(o.report)
		if err != nil {
			return err
		}
		return publish(o.out, rows)
	}
	chosen, err := choose(o)
	if err != nil {
		return err
	}
	if o.brokers == "" {
		cluster, err := devkafka.Start(ctx, devkafka.Options{Heap: "1g"})
		if errors.Is(err, devkafka.ErrUnavailable) && !required() {
			fmt.Printf("bench: nothing measured: %v\n", err)
			return nil
		}
		if err != nil {
			return err
		}
		defer cluster.Stop()
		o.brokers = cluster.Brokers()
	}
	r, err := newRun(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(r.all(ctx, chosen), r.close())
}

// required reports whether whatever is missing is a failure.
func required() bool {
	must, _ := strconv.ParseBool(os.Getenv("HEARKEN_REQUIRE_KAFKA"))
	return must
}

// choose returns the scenarios that the options ask for, with their contestants.
func choose(o options) ([]scenario, error) {
	var chosen []scenario
	for _, s := range scenarios() {
		if o.short {
			s = s.short()
		}
		if !matches(o.scenarios, s.name) || len(s.entries) == 0 {
			continue
		}
		if o.only != "" {
			s = s.keep(func(e entry) bool { return matches(o.only, e.name) })
		}
		chosen = append(chosen, s)
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no scenario is called %q: -list lists them", o.scenarios)
	}
	return chosen, nil
}

func matches(list, name string) bool {
	if list == "" {
		return true
	}
	for word := range strings.SplitSeq(list, ",") {
		if prefix, ok := strings.CutSuffix(word, "*"); word == name || ok && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func list() error {
	for _, s := range scenarios() {
		var names []string
		for _, e := range s.entries {
			names = append(names, e.name)
		}
		fmt.Printf("%-18s %s\n%18s %s\n", s.name, s.about, "", strings.Join(names, ", "))
	}
	return nil
}
