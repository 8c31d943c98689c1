package template

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// Sent says where the broker put a record.
type Sent = listener.Sent

// A Future is a send whose outcome is not known yet. Its methods are safe for
// concurrent use.
//
// It is one cache line: tens of thousands are on their way at once, and each
// that is looked at comes from far off.
type Future struct {
	mu        sync.Mutex
	partition int32 // undecided before the outcome is known
	size      int32 // bytes
	offset    int64
	at        int64 // milliseconds since 1970
	from      *origin
	done      chan struct{} // made when somebody asks
	hook      func(Sent, error)
	rare      *rare
}

// A rare is what few futures have.
type rare struct {
	err  error
	more []func(Sent, error) // after hook
}

const undecided int32 = -2

func (f *Future) settled() bool { return f.partition != undecided }

// Wait returns the outcome: a *SendError, or an *listener.EncodeError, where it
// failed. Where ctx ends before it is known the error is ErrUnknownOutcome and the context's.
func (f *Future) Wait(ctx context.Context) (Sent, error) {
	select {
	case <-f.Done():
		return f.outcome() // closed after it was written
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.settled() {
		return f.outcome()
	}
	return Sent{}, f.from.t.sendFault(f.from.topic, listener.AnyPartition, ErrUnknownOutcome,
		fmt.Errorf("stopped waiting for the broker's answer: %w", context.Cause(ctx)))
}

// outcome is what a settled future answers.
func (f *Future) outcome() (Sent, error) {
	if f.rare != nil && f.rare.err != nil {
		return Sent{}, f.rare.err
	}
	return Sent{Topic: f.from.topic, Partition: f.partition, Offset: f.offset, Timestamp: time.UnixMilli(f.at)}, nil
}

// over is closed: the Done of a future that was settled before anybody asked.
var over = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// Done is closed when the outcome is known.
func (f *Future) Done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.done != nil:
	case f.settled():
		f.done = over
	default:
		f.done = make(chan struct{})
	}
	return f.done
}

// OnDone calls fn once with the outcome, from the producer's one report goroutine, or
// at once from the caller's where it is known already. fn must not block, and
// must not wait for another send. A panic of fn is reported as an event.
func (f *Future) OnDone(fn func(Sent, error)) {
	f.mu.Lock()
	if !f.settled() {
		if f.hook == nil {
			f.hook = fn
		} else {
			f.seldom().more = append(f.seldom().more, fn)
		}
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	f.call(fn)
}

// settle makes the outcome known, once.
func (f *Future) settle(partition int32, offset int64, err error) {
	f.mu.Lock()
	if f.settled() {
		f.mu.Unlock()
		return
	}
	f.partition, f.offset = max(partition, listener.AnyPartition), offset
	if err != nil {
		f.seldom().err = err
	}
	if f.done != nil {
		close(f.done)
	}
	hook := f.hook
	f.hook = nil
	var more []func(Sent, error)
	if f.rare != nil {
		more, f.rare.more = f.rare.more, nil
	}
	f.mu.Unlock()
	switch {
	case more != nil: // behind a hook
		f.callAll(append([]func(Sent, error){hook}, more...))
	case hook != nil:
		f.call(hook)
	}
}

// seldom is rare, made where there is none. mu is held.
func (f *Future) seldom() *rare {
	if f.rare == nil {
		f.rare = new(rare)
	}
	return f.rare
}

// callAll calls them all, also those behind one that ends the goroutine.
func (f *Future) callAll(fns []func(Sent, error)) {
	called := 0
	defer func() {
		if called < len(fns) {
			f.callAll(fns[called:])
		}
	}()
	for called < len(fns) {
		called++
		f.call(fns[called-1])
	}
}

// take settles with the outcome that another sender answered.
func (f *Future) take(sent Sent, err error) {
	f.mu.Lock()
	if !f.settled() {
		f.at = sent.Timestamp.UnixMilli()
	}
	f.mu.Unlock()
	f.settle(sent.Partition, sent.Offset, err)
}

func (f *Future) call(fn func(Sent, error)) {
	returned := false
	defer func() {
		if returned {
			return
		}
		what := "called runtime.Goexit"
		if v := recover(); v != nil {
			what = fmt.Sprintf("panicked with a %T", v)
		}
		f.from.t.callbackFailed(f.from.topic, what)
	}()
	fn(f.outcome())
	returned = true
}
