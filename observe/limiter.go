package observe

import (
	"strings"
	"time"

	"github.com/hearken-go/hearken/event"
)

// failurePause is how long a partition's failures stay unwritten after one was written.
const failurePause = 10 * time.Second

// A limiter lets one line per key and pause through, and counts the others.
type limiter struct {
	pause time.Duration
	keys  map[failureKey]*quiet
}

// A failureKey is what counts as a repetition: a partition whose failures turn
// from redelivered to held is news.
type failureKey struct {
	listener  string
	partition event.Partition
	held      bool
}

type quiet struct {
	until      time.Time
	suppressed int
}

func newLimiter(pause time.Duration) *limiter {
	return &limiter{pause: pause, keys: map[failureKey]*quiet{}}
}

// allow reports whether a line for k is written now, and how many were not since the last one.
func (l *limiter) allow(k failureKey, now time.Time) (suppressed int, ok bool) {
	q := l.keys[k]
	if q == nil {
		q = &quiet{}
		l.keys[k] = q
	}
	if now.Before(q.until) {
		q.suppressed++
		return 0, false
	}
	suppressed = q.suppressed
	*q = quiet{until: now.Add(l.pause)}
	return suppressed, true
}

// forget drops the keys of a listener that match: their partitions are gone.
func (l *limiter) forget(listener string, match func(event.Partition) bool) {
	for k := range l.keys {
		if k.listener == listener && match(k.partition) {
			delete(l.keys, k)
		}
	}
}

// admit decides whether e is written. Only failures that will be tried again
// repeat; each record that is given up, and each stop, has its line.
func (o *zapObserver) admit(e event.Event) (suppressed int, write bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e := e.(type) {
	case event.RecordFailed:
		if isFinal(e) {
			return 0, true
		}
		return o.limit.allow(failureKey{e.Consumer.Listener, e.Partition, e.Held}, time.Now())
	case event.RecoveryFailed:
		return o.limit.allow(failureKey{listener: "recoverers of " + e.Consumer.Listener, partition: e.Partition}, time.Now())
	case event.SendFailed:
		return o.limit.allow(failureKey{listener: "template " + e.Template, partition: event.Partition{Topic: e.Topic}}, time.Now())
	case event.RequestUnanswered: // anybody who may write a request can cause it
		return o.limit.allow(failureKey{listener: "requests of " + e.Consumer.Listener, partition: e.Partition}, time.Now())
	case event.ReplyUnexpected:
		return o.limit.allow(failureKey{listener: "replies to " + e.Template, partition: e.Partition}, time.Now())
	case event.Revoked:
		o.forget(e.Consumer.Listener, e.Partitions)
	case event.Lost:
		o.forget(e.Consumer.Listener, e.Partitions)
	case event.ListenerStopped:
		o.limit.forget(e.Listener, func(event.Partition) bool { return true })
	}
	return 0, true
}

func (o *zapObserver) forget(listener string, gone []event.Partition) {
	set := make(map[event.Partition]bool, len(gone))
	for _, p := range gone {
		set[p] = true
	}
	o.limit.forget(listener, func(p event.Partition) bool { return set[p] })
}

// isFinal reports whether the verdict ends the matter: skip or stop, as
// errorhandler.Verdict prints them.
func isFinal(e event.RecordFailed) bool {
	return strings.HasPrefix(e.Verdict, "skip") || strings.HasPrefix(e.Verdict, "stop")
}
