package container

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A callback is one call of a function of a RebalanceListener.
type callback struct {
	name  string
	began time.Time
	done  chan struct{} // closed when it has returned
	err   error         // written before
}

// String names the call, for people.
func (r *callback) String() string {
	return fmt.Sprintf("rebalance callback %s, running for %s", r.name, time.Since(r.began).Round(time.Millisecond))
}

func (r *callback) returned() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// main is the call's goroutine. A panic and a Goexit are errors.
func (r *callback) main(ctx context.Context, f func(context.Context)) {
	defer close(r.done)
	r.err = errGoexit
	defer func() {
		if v := recover(); v != nil {
			r.err = &errorhandler.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	f(ctx)
	r.err = nil
}

// lateCalls are the callbacks of a container that did not return in time, by
// the index of their consumer. They outlive the consumer: the next one of that
// index must not run a second callback beside them.
type lateCalls struct {
	mu      sync.Mutex
	byIndex map[int]*callback
}

func newLateCalls() *lateCalls { return &lateCalls{byIndex: make(map[int]*callback)} }

// of returns the call of a consumer that still runs, or nil.
func (l *lateCalls) of(index int) *callback {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.byIndex[index]; r != nil && !r.returned() {
		return r
	}
	delete(l.byIndex, index)
	return nil
}

func (l *lateCalls) add(index int, r *callback) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byIndex[index] = r
}

// A patience waits until done is closed, for at most d, and reports whether it was.
type patience func(done <-chan struct{}, d time.Duration) bool

// inside waits without polling: it is for the client's own callbacks. A stop
// whose handlers have had their time leaves it the grace.
func (c *consumer) inside(done <-chan struct{}, d time.Duration) bool {
	end := time.Now().Add(c.stop.left(d))
	timer := time.NewTimer(time.Until(end))
	defer timer.Stop()
	hurry := c.stop.hurry
	for {
		select {
		case <-done:
			return true
		case <-timer.C:
			return false
		case <-hurry:
			hurry = nil
			timer.Reset(min(time.Until(end), cancelGrace))
		}
	}
}

// polling waits while the loop goes on polling: it is for a consumer that ends.
func (c *consumer) polling(done <-chan struct{}, d time.Duration) bool {
	return c.pump(func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}, d)
}

// callBack runs f on a goroutine of its own and waits for it, for at most d:
// then its context is cancelled, and it has a grace to return. It reports
// whether f came to its end in time.
func (c *consumer) callBack(name string, d time.Duration, wait patience, f func(context.Context)) bool {
	if late := c.shared.late.of(c.index); late != nil {
		c.callbackFailed(name, fmt.Errorf("it was not called: the %s", late))
		return false
	}
	if c.calling != nil && !wait(c.calling.done, d) { // a revoke came while a stop waits for one
		c.callbackFailed(name, fmt.Errorf("it was not called: the %s", c.calling))
		return false
	}
	r := &callback{name: name, began: time.Now(), done: make(chan struct{})}
	c.calling = r
	defer func() { c.calling = nil }()
	ctx, cancel := context.WithCancelCause(c.callbackContext())
	defer cancel(nil)
	go r.main(ctx, f)
	if wait(r.done, d) {
		if r.err != nil {
			c.callbackFailed(name, r.err)
		}
		return r.err == nil
	}
	cancel(context.DeadlineExceeded)
	if !wait(r.done, cancelGrace) {
		c.shared.late.add(c.index, r)
	}
	c.callbackFailed(name, fmt.Errorf("it did not return within %s: %w", d, context.DeadlineExceeded))
	return false
}

func (c *consumer) callbackFailed(name string, err error) {
	c.emit(event.RebalanceCallbackFailed{Consumer: c.name(), Callback: name, Err: err})
}

func (c *consumer) callbackContext() context.Context {
	info := listener.Invocation{Listener: c.spec.ID, Group: c.spec.Group, Factory: c.spec.Factory, Consumer: c.index}
	ctx := listener.WithInfo(context.Background(), info)
	if c.spec.BaseContext != nil {
		ctx = c.spec.BaseContext(ctx, info)
	}
	return ctx
}

// callAssigned tells the user of parts, and returns where he wants them to
// begin. A call that failed or took too long has no say.
func (c *consumer) callAssigned(parts []broker.Partition) map[listener.TopicPartition]listener.Position {
	f := c.spec.Rebalance.Assigned
	if f == nil {
		return nil
	}
	assigned := listener.NewAssigned(topicPartitions(parts))
	ok := c.callBack("Assigned", c.spec.RevokeTimeout, c.inside, func(ctx context.Context) { f(ctx, assigned) })
	if !ok {
		return nil
	}
	return assigned.Seeks()
}

// The three calls for partitions that go.

func (c *consumer) callBefore(gone []*assignment, d time.Duration, wait patience) {
	fresh := slices.DeleteFunc(slices.Clone(gone), func(a *assignment) bool { return a.told })
	for _, a := range fresh {
		a.told = true
	}
	c.callGone("RevokedBeforeCommit", c.spec.Rebalance.RevokedBeforeCommit, partitionsOf(fresh), d, wait)
}

func (c *consumer) callAfter(gone []*assignment, d time.Duration, wait patience) {
	c.callGone("RevokedAfterCommit", c.spec.Rebalance.RevokedAfterCommit, partitionsOf(gone), d, wait)
}

func (c *consumer) callLost(parts []broker.Partition) {
	c.callGone("Lost", c.spec.Rebalance.Lost, parts, c.spec.RevokeTimeout, c.inside)
}

func (c *consumer) callGone(name string, f func(context.Context, []listener.TopicPartition), parts []broker.Partition, d time.Duration, wait patience) {
	if f == nil || len(parts) == 0 {
		return
	}
	c.callBack(name, d, wait, func(ctx context.Context) { f(ctx, topicPartitions(parts)) })
}

// callUnused takes back what Assigned was told of, where the consumer ends
// before it has begun with it.
func (c *consumer) callUnused(parts []broker.Partition) {
	l := c.spec.Rebalance
	c.callGone("RevokedBeforeCommit", l.RevokedBeforeCommit, parts, c.spec.RevokeTimeout, c.inside)
	c.callGone("RevokedAfterCommit", l.RevokedAfterCommit, parts, c.spec.RevokeTimeout, c.inside)
}

func topicPartitions(parts []broker.Partition) []listener.TopicPartition {
	out := make([]listener.TopicPartition, len(parts))
	for i, tp := range parts {
		out[i] = listener.TopicPartition{Topic: tp.Topic, Partition: tp.ID}
	}
	return out
}

func partitionsOf(gone []*assignment) []broker.Partition {
	out := make([]broker.Partition, len(gone))
	for i, a := range gone {
		out[i] = a.tp
	}
	return out
}
