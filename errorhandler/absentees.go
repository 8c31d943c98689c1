package errorhandler

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// absentees are partitions that were not there when something was sent to
// them: for a while it goes where its key belongs.
type absentees struct {
	mu    sync.Mutex
	until map[place]time.Time
}

type place struct {
	topic     string
	partition int32
}

// absentFor is how long a partition is not asked for again.
const absentFor = time.Minute

// publish sends to the same partition where that exists, else by key.
func (a *absentees) publish(ctx context.Context, s listener.Sender, out listener.Outgoing) error {
	at := place{out.Topic, out.Partition}
	if a.is(at) {
		out.Partition = listener.AnyPartition
	}
	_, err := listener.Publish(ctx, s, out)
	if err == nil || !listener.Misaddressed(err) {
		return named(out.Topic, err)
	}
	if out.Partition == listener.AnyPartition { // it is the topic that is missing
		a.forget(at)
		return named(out.Topic, err)
	}
	a.note(at)
	if listener.TxFrom(ctx) != nil {
		return named(out.Topic, err) // the transaction is lost; the next one knows better
	}
	return a.publish(ctx, s, out)
}

func named(topic string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", topic, err)
}

func (a *absentees) is(p place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	until, ok := a.until[p]
	if ok && time.Now().After(until) {
		delete(a.until, p)
		ok = false
	}
	return ok
}

func (a *absentees) forget(p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.until, p)
}

func (a *absentees) note(p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until == nil {
		a.until = map[place]time.Time{}
	}
	a.until[p] = time.Now().Add(absentFor)
}
