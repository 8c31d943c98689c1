package template

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// A correlation tells requests apart: half of it is drawn for the template, so
// that a late reply can be told from another instance's, and half for the request.
type correlation [16]byte

const ownHalf = 8

// An asking is the requests of a template that wait, and what is known of its
// reply listener.
type asking struct {
	t     *Template
	own   [ownHalf]byte
	slots chan struct{} // one for each request under way
	over  chan struct{} // closed with the template

	mu      sync.Mutex
	closed  bool
	pending map[correlation]*pendingRequest
	parts   map[listener.TopicPartition]bool  // assigned ones
	seen    map[listener.TopicPartition]int64 // offset of the last record read
	ready   chan struct{}                     // closed while there are parts

	foreign, late, answered atomic.Uint64
}

type pendingRequest struct {
	began time.Time
	reply chan *listener.RawRecord // takes one
}

func newAsking(t *Template) *asking {
	a := &asking{
		t: t, slots: make(chan struct{}, t.o.Replies.MaxPending), over: make(chan struct{}), ready: make(chan struct{}),
		pending: map[correlation]*pendingRequest{}, parts: map[listener.TopicPartition]bool{}, seen: map[listener.TopicPartition]int64{},
	}
	_, _ = rand.Read(a.own[:]) // does not fail
	return a
}

// RequestCounts are what has become of a template's requests, and of what its
// reply listener read.
type RequestCounts struct {
	Pending  int    // requests that wait for replies now
	Answered uint64 // replies that somebody waited for
	Late     uint64 // replies to requests of ours that were over
	Foreign  uint64 // records that answer other instances, or nobody
}

// RequestCounts returns the counts of this moment.
func (t *Template) RequestCounts() RequestCounts {
	a := t.asking
	if a == nil {
		return RequestCounts{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return RequestCounts{Pending: len(a.pending), Answered: a.answered.Load(), Late: a.late.Load(), Foreign: a.foreign.Load()}
}

// enter waits for room among the pending ones and for the reply listener.
func (a *asking) enter(ctx context.Context) (kind, err error) {
	select {
	case a.slots <- struct{}{}:
	case <-a.over:
		return ErrClosed, errClosing
	case <-ctx.Done():
		return ErrNotRequested, fmt.Errorf("%d requests wait for their replies: %w", cap(a.slots), context.Cause(ctx))
	}
	a.mu.Lock()
	ready := a.ready
	a.mu.Unlock()
	select {
	case <-ready:
		return nil, nil // begin says so, where the template is closed, too
	case <-a.over:
		kind, err = ErrClosed, errClosing
	case <-ctx.Done():
		kind, err = ErrNotRequested, fmt.Errorf("the listener %q has no partition of the reply topic %s, to wait for the reply: "+
			"is it registered (Template.Replies) and started, and is the topic there? %w", a.listenerID(), a.t.o.Replies.Topic, context.Cause(ctx))
	}
	a.leave()
	return kind, err
}

var errClosing = errors.New("no more requests")

func (a *asking) leave() { <-a.slots }

// begin makes a request one that waits; ok is false where the template is closed.
func (a *asking) begin() (id correlation, replies <-chan *listener.RawRecord, ok bool) {
	copy(id[:], a.own[:])
	_, _ = rand.Read(id[ownHalf:])
	p := &pendingRequest{began: time.Now(), reply: make(chan *listener.RawRecord, 1)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending[id] = p
	return id, p.reply, !a.closed
}

func (a *asking) forget(id correlation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pending, id)
}

// close ends all requests.
func (a *asking) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.closed = true
		close(a.over)
	}
}

// take gives a reply to the request that it answers.
func (a *asking) take(r *listener.RawRecord) {
	at := listener.TopicPartition{Topic: r.Topic, Partition: r.Partition}
	id, _ := r.Headers.Get(listener.CorrelationHeader)
	ours := len(id) == len(correlation{}) && [ownHalf]byte(id[:ownHalf]) == a.own
	a.mu.Lock()
	last, before := a.seen[at]
	again := before && r.Offset <= last
	a.seen[at] = max(r.Offset, last)
	var p *pendingRequest
	if ours {
		p = a.pending[correlation(id)]
		delete(a.pending, correlation(id))
	}
	a.mu.Unlock()
	switch {
	case p != nil:
		a.answered.Add(1)
		p.reply <- r
	case again: // read a second time, after the listener began again
	case ours:
		a.late.Add(1)
		a.t.emit(event.ReplyUnexpected{Template: a.t.o.Name, Partition: event.Partition{Topic: r.Topic, ID: r.Partition}, Offset: r.Offset})
	default:
		a.foreign.Add(1)
	}
}
