//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A run is all that is measured by one call of the program.
type run struct {
	o       options
	scale   float64
	sides   *sides
	cluster *cluster
	store   *store
	log     *os.File
	until   time.Time // the budget is over
	broken  []string  // contestants that broke
}

func newRun(ctx context.Context, o options) (*run, error) {
	r := &run{o: o, until: time.Now().Add(o.budget)}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return nil, err
	}
	path, rows := o.resume, []row(nil)
	var err error
	if path == "" {
		path = filepath.Join(o.out, time.Now().UTC().Format("run-20060102-150405.csv"))
	} else if rows, err = load(path); err != nil {
		return nil, err
	}
	if r.store, err = openStore(path, rows); err != nil {
		return nil, err
	}
	if r.log, err = os.Create(filepath.Join(o.out, "contestants.log")); err != nil {
		return nil, err
	}
	r.cluster, err = newCluster(o.brokers)
	fmt.Printf("bench: rounds go to %s\n", path)
	return r, err
}

// all runs the scenarios and writes what came out. A contestant that breaks is left out of
// the rest of its scenario, and makes an error at the end.
func (r *run) all(ctx context.Context, chosen []scenario) error {
	var err error
	if r.sides, err = prepare(ctx, r.o, chosen, r.log); err != nil {
		return err
	}
	if err := r.size(chosen); err != nil {
		return err
	}
	for _, s := range chosen {
		if err = r.scenario(ctx, s.sized(r.scale)); err != nil {
			break
		}
	}
	if err := publish(r.o.out, r.store.rows); err != nil {
		return err
	}
	if err == nil && len(r.broken) > 0 {
		err = fmt.Errorf("these broke: %v", r.broken)
	}
	return err
}

// size decides how many records are read: the share that the options say, less
// where the budget asks for it, and in a run that goes on what it was.
func (r *run) size(chosen []scenario) error {
	r.scale = r.o.scale
	seconds := 0.0
	for _, s := range chosen {
		seconds += float64(s.seconds) * float64(r.o.rounds+1) / 8
	}
	if !r.o.short {
		r.scale = min(r.scale, r.o.budget.Seconds()/seconds)
	}
	if was, ok := series(r.store.rows, aboutRun, "scale", "value")[0]; ok {
		r.scale = was
		return nil
	}
	return errors.Join(
		r.store.add(aboutRun, "scale", 0, map[string]float64{"value": r.scale}),
		r.store.add(aboutRun, "machine", 0, machine()))
}

// scenario runs the rounds of one scenario: contestants take turns, another
// one first each time.
func (r *run) scenario(ctx context.Context, s scenario) error {
	s = s.keep(func(e entry) bool { return r.sides.missing[e.side] == nil })
	var open []int
	for round := 1; round <= r.o.rounds; round++ {
		if slices.ContainsFunc(s.entries, func(e entry) bool { return !r.store.has(s.name, e.name, round) }) {
			open = append(open, round)
		}
	}
	if len(open) > 0 && time.Now().After(r.until) && !r.o.short {
		fmt.Printf("bench: left out: %s: the budget of %s is used up; -resume goes on\n", s.name, r.o.budget)
		return nil
	}
	if len(open) > 0 {
		began := time.Now()
		if err := r.rounds(ctx, &s, open); err != nil {
			return err
		}
		took := map[string]float64{"seconds": time.Since(began).Seconds(), "records": float64(s.records)}
		if err := r.store.add(aboutRun, s.name, 0, took); err != nil {
			return err
		}
		r.cluster.forget(ctx)
		r.sides.leave()
	}
	for _, line := range lines(r.store.rows, s) {
		fmt.Println(line)
	}
	return nil
}

// rounds measures the open rounds of s, after one that warms up.
func (r *run) rounds(ctx context.Context, s *scenario, open []int) error {
	began := time.Now()
	share, least := r.share(*s)
	for _, round := range append([]int{0}, open...) {
		if late := time.Since(began) > share || time.Now().After(r.until); late && round > least {
			fmt.Printf("bench: %s ends after round %d: it takes longer than its share of the budget\n", s.name, round-1)
			return nil
		}
		first := round % max(1, len(s.entries))
		for _, e := range slices.Concat(s.entries[first:], s.entries[:first]) {
			if r.store.has(s.name, e.name, round) {
				continue
			}
			if err := r.turn(ctx, s, e, round); err != nil {
				return err
			}
		}
	}
	return nil
}

// share is how long a scenario may take, and how many rounds it has in any case.
func (r *run) share(s scenario) (time.Duration, int) {
	if r.o.short {
		return r.o.budget / 3, 1
	}
	return time.Duration(float64(s.seconds)*max(0.3, r.scale)*1.5) * time.Second, 3
}

// turn is one contestant in one round. Round 0 warms up, JVMs three times.
func (r *run) turn(ctx context.Context, s *scenario, e entry, round int) error {
	times := 1
	if round == 0 && e.side.java() && !s.fresh {
		times = 3
	}
	for range times {
		figures, err := r.twice(ctx, *s, e, round)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errAbsent):
			fmt.Printf("bench: left out: %s of %s: %v\n", e.name, s.name, err)
			*s = s.keep(func(other entry) bool { return other.name != e.name })
			return nil
		case err != nil:
			fmt.Printf("bench: broke: %s of %s in round %d: %v\n", e.name, s.name, round, err)
			r.broken = append(r.broken, s.name+"/"+e.name)
			*s = s.keep(func(other entry) bool { return other.name != e.name })
			return nil
		case round > 0:
			return r.store.add(s.name, e.name, round, figures)
		}
	}
	return nil
}

// twice measures, and once more in a new process if e broke.
func (r *run) twice(ctx context.Context, s scenario, e entry, round int) (map[string]float64, error) {
	figures, err := r.measure(ctx, s, e, round)
	if err == nil || errors.Is(err, errAbsent) || ctx.Err() != nil {
		return figures, err
	}
	fmt.Printf("bench: again: %s of %s in round %d: %v\n", e.name, s.name, round, err)
	r.sides.drop(e)
	if figures, err = r.measure(ctx, s, e, round); err != nil {
		r.sides.drop(e)
	}
	return figures, err
}

// patience is how long a contestant may take for one turn before it counts as one that
// hangs. It is no budget: that ends scenarios between rounds.
const patience = 5 * time.Minute

// measure lets e do the scenario's work once.
func (r *run) measure(ctx context.Context, s scenario, e entry, round int) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := r.sides.get(ctx, e, s.fresh)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, p.killed)() // a contestant that hangs, and an interrupt
	work := s.how
	if work == nil {
		work = drain
	}
	if r.o.profile != "" && e.side == weSide && e.does == "hearken" && round == r.o.rounds {
		e = e.told("profile", r.o.profile)
	}
	figures, err := work(ctx, r, p, s, e)
	if err == nil && figures["took"] > 0 && !s.fresh {
		figures["rate"] = float64(s.reads(e)) / figures["took"] * 1e9
		figures["cpu-per-record"] = figures["cpu"] / float64(s.reads(e))
	}
	return figures, err
}

func (r *run) close() error {
	if r.sides != nil {
		r.sides.close()
	}
	if r.cluster != nil {
		r.cluster.close(context.Background())
	}
	return errors.Join(r.store.file.Close(), r.log.Close())
}
