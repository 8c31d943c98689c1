//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A how is how a contestant is let to do a scenario's work: it returns the figures.
type how func(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error)

// job is the line that tells a contestant what to do.
func (r *run) job(s scenario, e entry, topic, group string, more ...string) string {
	var line strings.Builder
	fmt.Fprintf(&line, "does=%s brokers=%s topic=%s group=%s records=%d", e.does, r.o.brokers, topic, group, s.reads(e))
	for _, key := range sortedKeys(e.params) {
		fmt.Fprintf(&line, " %s=%s", key, e.params[key])
	}
	for i := 0; i < len(more); i += 2 {
		fmt.Fprintf(&line, " %s=%s", more[i], more[i+1])
	}
	return line.String()
}

// topicOf is what e reads.
func topicOf(s scenario, e entry) topic {
	t := s.topic
	if e.topic != nil {
		t = *e.topic
	}
	t.records = s.records
	return t
}

// drain lets e read a topic that is full, and looks that each record came once and was committed.
func drain(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	t := topicOf(s, e)
	name, err := r.cluster.filled(ctx, t)
	if err != nil {
		return nil, err
	}
	group := r.cluster.name("group")
	figures, err := p.ask(r.job(s, e, name, group))
	if err != nil || e.part > 1 || e.params["held"] != "" {
		return figures, err
	}
	return figures, r.account(ctx, figures, t, name, group)
}

// account compares what was handled and what is committed with what there was.
func (r *run) account(ctx context.Context, figures map[string]float64, t topic, name, group string) error {
	if n := int(figures["handled"]); n != t.records {
		return fmt.Errorf("%w: it handled %d of %d records", errBroke, n, t.records)
	}
	committed, err := r.cluster.committed(ctx, group, name, t.partitions)
	if err == nil && int(committed) != t.records {
		err = fmt.Errorf("%w: it ended in order and has committed %d of %d records", errBroke, committed, t.records)
	}
	return err
}

// paced sends so many records a second while e reads them. With slowEach, one of so many is slow.
func paced(rate, slowEach int) how {
	return func(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
		t := topicOf(s, e)
		t.slowEach = slowEach
		name, err := r.cluster.create(ctx, t.partitions)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		sent := make(chan error, 1)
		go func() { sent <- t.pace(ctx, r.o.brokers, name, s.reads(e), rate) }()
		figures, err := p.ask(r.job(s, e, name, r.cluster.name("group")))
		if err != nil {
			return nil, err
		}
		return figures, <-sent
	}
}

// assigned lets e start on an empty topic.
func assigned(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	name, ok := r.cluster.names[s.topic]
	if !ok {
		var err error
		if name, err = r.cluster.create(ctx, s.topic.partitions); err != nil {
			return nil, err
		}
		r.cluster.names[s.topic] = name
	}
	return p.ask(r.job(s, e, name, r.cluster.name("group")))
}

// reading lets e start on a topic with one record in each partition.
func reading(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	t := topicOf(s, e)
	t.records = t.partitions
	name, err := r.cluster.filled(ctx, t)
	if err != nil {
		return nil, err
	}
	return p.ask(r.job(s, e, name, r.cluster.name("group"), "until", "read"))
}

// sent lets e send to a topic.
func sent(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	return assigned(ctx, r, p, s, e)
}

// copied lets e read a full topic and write to an empty one.
func copied(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	t := topicOf(s, e)
	name, err := r.cluster.filled(ctx, t)
	if err != nil {
		return nil, err
	}
	out, err := r.cluster.create(ctx, t.partitions)
	if err != nil {
		return nil, err
	}
	group := r.cluster.name("group")
	figures, err := p.ask(r.job(s, e, name, group, "out", out))
	if err != nil || e.part > 1 {
		return figures, err
	}
	return figures, r.account(ctx, figures, t, name, group)
}

// held lets e read while the handler of partition 0 waits; the five others are what counts.
func held(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	t := topicOf(s, e)
	name, err := r.cluster.filled(ctx, t)
	if err != nil {
		return nil, err
	}
	others := t.records / t.partitions * (t.partitions - 1)
	return p.ask(r.job(s, e, name, r.cluster.name("group"), "work", "hold", "hold", fmt.Sprint(others)))
}

// restarted kills e when half is done, and lets a new process go on.
func restarted(ctx context.Context, r *run, p *process, s scenario, e entry) (map[string]float64, error) {
	t := topicOf(s, e)
	name, err := r.cluster.filled(ctx, t)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hearken-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder harms nobody
	marks := filepath.Join(dir, "marks")
	job := r.job(s, e, name, r.cluster.name("group"), "marks", marks)
	answered := make(chan error, 1)
	go func() {
		_, err := p.ask(job)
		answered <- err
	}()
	if err := half(ctx, marks, t.records, answered); err != nil {
		return nil, err
	}
	r.sides.drop(e)
	select { // it was killed: what it answers does not count
	case <-answered: //nolint:errcheck // that it was killed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	again, err := r.sides.get(ctx, e, true)
	if err != nil {
		return nil, err
	}
	figures, err := again.ask(job)
	if lost := figures["lost"]; lost > 0 {
		fmt.Printf("bench: %s of %s: %.0f of %d records were not handled within %s of the restart\n", e.name, s.name, lost, t.records, e.params["patience"])
		if e.side == weSide {
			return nil, fmt.Errorf("%w: it lost records", errBroke)
		}
	}
	return figures, err
}

// half waits until half of the records are marked.
func half(ctx context.Context, marks string, n int, answered <-chan error) error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case err := <-answered:
			return cmp.Or(err, errors.New("it ended before it was killed"))
		case <-ctx.Done():
			return ctx.Err()
		}
		done := 0
		bytes, err := os.ReadFile(marks)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, b := range bytes {
			if b > 0 {
				done++
			}
		}
		if done >= n/2 {
			return nil
		}
	}
}
