package kafkatest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Recorder is a handler that remembers what it received. Its methods Handle,
// HandleAck, HandleBatch and HandleBatchAck fit listener.On, OnAck, OnBatch and
// OnBatchAck. It is safe for concurrent use.
type Recorder[V any] struct {
	tb TB

	mu      sync.Mutex
	got     []listener.Record[V]
	running int
	most    int
	reply   func(context.Context, listener.Record[V]) error
}

// NewRecorder returns a Recorder whose handlers return nil, and acknowledge
// where they are given an acknowledgment.
func NewRecorder[V any](t TB) *Recorder[V] { return &Recorder[V]{tb: t} }

// Reply sets what the handlers do after they remembered a record, one call for
// each record of a batch: it may fail, block, or panic. An error keeps them
// from acknowledging. It returns the Recorder.
func (r *Recorder[V]) Reply(reply func(context.Context, listener.Record[V]) error) *Recorder[V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reply = reply
	return r
}

// Handle remembers a record.
func (r *Recorder[V]) Handle(ctx context.Context, rec listener.Record[V]) error {
	reply := r.enter(rec)
	defer r.leave()
	return answer(ctx, reply, rec)
}

// HandleAck remembers a record and acknowledges it, unless the reply fails.
func (r *Recorder[V]) HandleAck(ctx context.Context, rec listener.Record[V], ack listener.Acknowledgment) error {
	if err := r.Handle(ctx, rec); err != nil {
		return err
	}
	return ack.Acknowledge()
}

// HandleBatch remembers the records of a batch. The first reply that fails ends
// it, as listener.FailedAt.
func (r *Recorder[V]) HandleBatch(ctx context.Context, recs []listener.Record[V]) error {
	reply := r.enter(recs...)
	defer r.leave()
	for i, rec := range recs {
		if err := answer(ctx, reply, rec); err != nil {
			return listener.FailedAt(i, err)
		}
	}
	return nil
}

// HandleBatchAck remembers the records of a batch and acknowledges it, unless a reply fails.
func (r *Recorder[V]) HandleBatchAck(ctx context.Context, recs []listener.Record[V], ack listener.BatchAcknowledgment) error {
	if err := r.HandleBatch(ctx, recs); err != nil {
		return err
	}
	return ack.Acknowledge()
}

func (r *Recorder[V]) enter(recs ...listener.Record[V]) func(context.Context, listener.Record[V]) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, recs...)
	r.running++
	r.most = max(r.most, r.running)
	return r.reply
}

func (r *Recorder[V]) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
}

func answer[V any](ctx context.Context, reply func(context.Context, listener.Record[V]) error, rec listener.Record[V]) error {
	if reply == nil {
		return nil
	}
	return reply(ctx, rec)
}

// Records returns what was received so far, in order of arrival, redeliveries included.
func (r *Recorder[V]) Records() []listener.Record[V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// Values returns the values of Records.
func (r *Recorder[V]) Values() []V {
	records := r.Records()
	values := make([]V, len(records))
	for i, rec := range records {
		values[i] = rec.Value
	}
	return values
}

// Most returns how many handler calls ran at the same time, at most.
func (r *Recorder[V]) Most() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// Wait waits until at least n records were received, and returns Records.
func (r *Recorder[V]) Wait(n int) []listener.Record[V] {
	r.tb.Helper()
	return r.WaitFor(patience, n)
}

// WaitFor is Wait with a patience of its own.
func (r *Recorder[V]) WaitFor(d time.Duration, n int) []listener.Record[V] {
	r.tb.Helper()
	Eventually(r.tb, d, fmt.Sprintf("%d records are received", n), func() (bool, string) {
		got := len(r.Records())
		return got >= n, fmt.Sprintf("%d were", got)
	})
	return r.Records()
}
