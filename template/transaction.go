package template

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// InTransaction runs fn in a transaction: what is sent with the context that fn
// gets becomes visible to read-committed readers all together, or not at all; within
// milliseconds after the return, as the broker answers before it has marked the partitions.
//
// fn's error aborts and comes back as it is; a panic aborts and goes on. A send that failed
// aborts even where fn ignores its error, and so does ctx when it has ended by
// the time fn returns: ErrAborted. Once a commit has begun, ctx's deadline and the
// transaction timeout bound it, and a cancellation does not stop it.
// ErrIndeterminate is a commit whose outcome nobody knows; ErrFenced a
// transactional id that has another owner; ErrNestedTransaction, ErrNotTransactional and
// ErrClosed come before fn is called.
func (t *Template) InTransaction(ctx context.Context, fn func(ctx context.Context) error) error {
	x, err := t.begin(ctx)
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit: it goes on by itself
			x.abort(nil)
		}
	}()
	err = fn(listener.WithTx(ctx, x))
	returned = true
	if err != nil {
		x.abort(err)
		return err
	}
	return x.finish(ctx)
}

// Transactional makes the middleware that runs one handler in a transaction of
// t: what the handler sends with its context is visible when it has returned nil, and
// only then. The consumed offset is not part of the transaction: a handler that runs again
// sends again. For exactly once, give the listener a transactional factory.
func Transactional(t *Template) listener.Middleware {
	return func(next listener.HandlerFunc) listener.HandlerFunc {
		return func(ctx context.Context, d *listener.Delivery) error {
			return t.InTransaction(ctx, func(ctx context.Context) error { return next(ctx, d) })
		}
	}
}

// A transaction is one run of InTransaction.
type transaction struct {
	t     *Template
	slot  *slot
	line  *line
	began time.Time
	run   *flight // the template's count of running transactions

	failure atomic.Pointer[error] // the first send that failed

	ending sync.RWMutex // sends hold it shared while they are inside the client
	over   bool
}

var _ listener.Tx = (*transaction)(nil)

// ID returns the transactional id.
func (x *transaction) ID() string { return x.line.id }

// Cluster names the brokers.
func (x *transaction) Cluster() string { return x.t.o.BootstrapServers }

// Fail makes the transaction end in an abort.
func (x *transaction) Fail(err error) { x.failure.CompareAndSwap(nil, &err) }

// Publish sends a record in this transaction, whatever ctx carries.
func (x *transaction) Publish(ctx context.Context, r listener.Outgoing, done func(Sent, error)) {
	x.t.SendRawAsync(listener.WithTx(ctx, x), r).OnDone(done)
}

// begin opens a transaction, or says why there can't be one.
func (t *Template) begin(ctx context.Context) (*transaction, error) {
	shut := t.shut()
	switch tx := listener.TxFrom(ctx); {
	case t.pool == nil:
		return nil, fmt.Errorf("template %q: %w: set transaction-id-prefix (kafka.producer.transaction-id-prefix)", t.o.Name, ErrNotTransactional)
	case tx != nil:
		return nil, fmt.Errorf("template %q: %w: %q in this context; what is sent with it joins that one", t.o.Name, ErrNestedTransaction, tx.ID())
	case shut != nil:
		return nil, fmt.Errorf("template %q: %w", t.o.Name, shut)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	x := &transaction{t: t, run: t.running.board()}
	if err := x.open(ctx); err != nil {
		x.run.land(1)
		return nil, err
	}
	return x, nil
}

// open takes a producer out of the pool and opens a transaction.
func (x *transaction) open(ctx context.Context) error {
	s, err := x.t.pool.take(ctx)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	x.slot, x.line, x.began = s, s.line, time.Now()
	if err := s.line.p.Begin(); err != nil {
		s.discard(err)
		x.t.pool.mend(s)
		return x.fault("begin transaction", err)
	}
	return nil
}

// close keeps later sends out, and waits for those that are inside the client.
func (x *transaction) close() {
	x.ending.Lock()
	x.over = true
	x.ending.Unlock()
}

// finish commits, unless a send has failed or ctx has ended.
func (x *transaction) finish(ctx context.Context) error {
	x.close()
	why := context.Cause(ctx)
	if failure := x.failure.Load(); failure != nil {
		why = *failure
	}
	if why != nil {
		err := x.fault("not committed", why, ErrAborted)
		x.abort(err)
		return err
	}
	limit := x.t.o.TransactionTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	var tries atomic.Int32
	err := broker.Insist(limit, func(left time.Duration) error {
		tries.Add(1)
		return x.line.p.Commit(left)
	})
	switch {
	case err == nil:
		x.t.pool.put(x.slot)
		x.run.land(1)
		return nil
	case tries.Load() == 1 && errors.Is(err, broker.ErrProducerClosed): // it never left this process
		err = x.fault("not committed", ErrClosed, ErrAborted)
		x.abort(err)
		return err
	}
	return x.uncommitted(err)
}

// uncommitted decides what a failed commit means.
func (x *transaction) uncommitted(err error) error {
	pe, _ := errors.AsType[*broker.ProducerError](err)
	if pe != nil && pe.Abort && !pe.Fatal {
		cause := err
		if failure := x.failure.Load(); failure != nil {
			cause = *failure
		}
		fault := x.fault("commit transaction", cause, ErrAborted)
		x.abort(fault)
		return fault
	}
	defer x.run.land(1)
	fault := x.fault("commit transaction", err, ErrIndeterminate)
	x.t.emit(event.TransactionIndeterminate{Template: x.t.o.Name, ID: x.line.id, Err: fault, Took: time.Since(x.began)})
	x.giveUp(err)
	return fault
}

// abortLimit bounds an abort: after it the producer is made again, which aborts, too.
const abortLimit = 10 * time.Second

// abort ends the transaction without a commit; why is for the event.
func (x *transaction) abort(why error) {
	x.close()
	defer x.run.land(1)
	err := broker.Insist(min(abortLimit, x.t.o.TransactionTimeout), x.line.p.Abort)
	x.t.emit(event.TransactionAborted{Template: x.t.o.Name, ID: x.line.id, Err: why, AbortErr: err, Took: time.Since(x.began)})
	if err != nil {
		x.giveUp(err)
		return
	}
	x.t.pool.put(x.slot)
}

// giveUp destroys the producer. Its successor with the same id ends what is
// open at the broker; but where somebody else has the id, it is left to him.
func (x *transaction) giveUp(err error) {
	x.slot.discard(err)
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Fenced {
		x.t.pool.put(x.slot)
		return
	}
	x.t.pool.mend(x.slot)
}

// fault makes the transaction's error.
func (x *transaction) fault(op string, err error, kinds ...error) error {
	return x.t.transactionFault(op, x.line.id, time.Since(x.began), err, kinds...)
}

func (t *Template) transactionFault(op, id string, ran time.Duration, err error, kinds ...error) error {
	fault := &TransactionError{Template: t.o.Name, ID: id, Op: op, Err: err, kinds: kinds}
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Fenced {
		if !errors.Is(err, ErrFenced) {
			fault.kinds = append(fault.kinds, ErrFenced)
		}
		fault.Hint = t.fencedHint(id, ran)
	}
	return fault
}
