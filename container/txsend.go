package container

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// ErrTransactionOver: a send by the context of a handler whose transaction has
// ended.
var ErrTransactionOver = errors.New("hearken: the transaction of this context has ended")

// A runTx is the transaction as one run's handler sees it, so that a send that
// fails is known to be of that run.
type runTx struct {
	w        *window
	a        *assignment
	from, to uint64 // slots
	verdict  bool   // the error handler runs, not the handler
	sent     atomic.Bool
}

var _ listener.Tx = (*runTx)(nil)

// ID implements listener.Tx.
func (t *runTx) ID() string { return t.w.x.id }

// Cluster implements listener.Tx.
func (t *runTx) Cluster() string { return t.w.x.spec.Cluster }

// Fail implements listener.Tx.
func (t *runTx) Fail(err error) {
	x := t.w.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if w := t.w; !w.over && w.blamed == nil {
		w.blamed, w.blame = t, err
		w.doom(err, false)
		x.look()
	}
}

// retryFull is how long a send waits when the client's queue is full.
const retryFull = 2 * time.Millisecond

// Publish implements listener.Tx.
func (t *runTx) Publish(ctx context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	if r.Timestamp.IsZero() {
		r.Timestamp = time.Now()
	}
	m := &broker.Message{Outgoing: r, Receipt: &txReceipt{t: t, topic: r.Topic, at: r.Timestamp, done: done}}
	for {
		err := t.hand(m)
		if err == nil {
			return
		}
		if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Full {
			timer := time.NewTimer(retryFull)
			select {
			case <-timer.C:
				continue
			case <-ctx.Done():
				timer.Stop()
				err = fmt.Errorf("not sent: too much is on its way: %w", context.Cause(ctx))
			}
		}
		t.Fail(err)
		done(listener.Sent{Topic: r.Topic, Partition: r.Partition, Offset: -1}, err)
		return
	}
}

// hand gives m to the client, while the transaction lasts.
func (t *runTx) hand(m *broker.Message) error {
	w := t.w
	w.sends.RLock()
	defer w.sends.RUnlock()
	if w.sealed.Load() {
		return ErrTransactionOver
	}
	w.flying.Add(1)
	w.sent.Add(1)
	t.sent.Store(true)
	err := w.p.Produce(m)
	if err != nil {
		w.arrived()
	}
	return err
}

// unsend makes the transaction abort if the run has sent something: it was
// postponed, and will send it again.
func (t *runTx) unsend() {
	if !t.sent.Load() {
		return
	}
	x := t.w.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if !t.w.over {
		t.w.doom(errPostponed, false)
	}
}

// A txReceipt hears of the fate of one send.
type txReceipt struct {
	t     *runTx
	topic string
	at    time.Time
	done  func(listener.Sent, error)
}

// Size implements broker.Receipt: what a transaction counts is its sends.
func (r *txReceipt) Size() int64 { return 0 }

// Report implements broker.Receipt.
func (r *txReceipt) Report(report broker.Report) {
	sent := listener.Sent{Topic: r.topic, Partition: report.Partition, Offset: report.Offset, Timestamp: r.at}
	if pe, ok := errors.AsType[*broker.ProducerError](report.Err); report.Err != nil && (!ok || !pe.Purged) {
		r.t.Fail(report.Err)
	}
	r.t.w.arrived()
	r.done(sent, report.Err)
}
