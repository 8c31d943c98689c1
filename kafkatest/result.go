package kafkatest

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Result says what a handler did with the records that Call gave it. Records
// are named by their place in the call, from 0. Acknowledgments may still come
// from other goroutines after Call returned.
type Result struct {
	Errors []error // what each call returned, nil where it succeeded; a batch is one call
	// Replies are what each call of a request handler (OnRequest) returned; those
	// of listener.Replies stand side by side. Nothing is sent.
	Replies [][]any

	mu      sync.Mutex
	settled []bool
	acked   []int
	nacked  map[int]time.Duration
}

func newResult(records int) *Result {
	return &Result{settled: make([]bool, records), nacked: make(map[int]time.Duration)}
}

// Err returns the errors of all calls as one, nil when all succeeded.
func (r *Result) Err() error { return errors.Join(r.Errors...) }

// Acked returns the records that were acknowledged, in order of the acknowledgments.
func (r *Result) Acked() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.acked)
}

// Nacked returns the records that were nacked, with their delays.
func (r *Result) Nacked() map[int]time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.nacked)
}

func (r *Result) acknowledge(i int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.settled[i] {
		return listener.ErrSettled
	}
	r.settled[i] = true
	r.acked = append(r.acked, i)
	return nil
}

func (r *Result) nack(i int, delay time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.settled[i] {
		return listener.ErrSettled
	}
	r.settled[i] = true
	r.nacked[i] = delay
	return nil
}

type ack struct {
	result *Result
	record int
}

func (a ack) Acknowledge() error             { return a.result.acknowledge(a.record) }
func (a ack) Nack(delay time.Duration) error { return a.result.nack(a.record, delay) }
