package guard

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/hearken-go/hearken/listener"
)

// longestWait is how long a reservation may lie ahead: a limiter may be given
// another limit meanwhile, and a record that waits does not hear of it.
const longestWait = time.Minute

// RateLimit lets records through at the rate of l, each for one token; a batch
// takes as many as it has records. It is one limit for everything that it
// stands around: listeners that share the middleware, or the limiter, share
// its tokens. A redelivery takes tokens again.
//
// Who comes first is served first. A change of the limit is noticed within a
// minute. l may be used elsewhere, too.
//
//	factory.Use(guard.RateLimit(rate.NewLimiter(rate.Every(10*time.Millisecond), 20)))
func RateLimit(l *rate.Limiter) listener.Middleware {
	return func(next listener.HandlerFunc) listener.HandlerFunc {
		q := &queue{limiter: l, turns: map[place]time.Time{}, sweepAt: minSweep}
		return func(ctx context.Context, d *listener.Delivery) error {
			if wait := q.wait(placeOf(ctx, d), len(d.Records), time.Now()); wait > 0 {
				return listener.Postpone(wait, errLimited)
			}
			return next(ctx, d)
		}
	}
}

var errLimited = errors.New("the rate limit is reached")

// A place is where a delivery comes again.
type place struct {
	listener, topic string
	partition       int32
	offset          int64
}

func placeOf(ctx context.Context, d *listener.Delivery) place {
	r := d.Records[0]
	return place{listener.Info(ctx).Listener, r.Topic, r.Partition, r.Offset}
}

// A queue remembers whose tokens are reserved, and when they are there. What
// never comes again, because its partition went away, is swept out.
type queue struct {
	limiter *rate.Limiter
	mu      sync.Mutex
	turns   map[place]time.Time
	sweepAt int
}

const minSweep = 64

// wait is how long the delivery at p, of n records, has to wait; 0 is not at all.
func (q *queue) wait(p place, n int, now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if turn, ok := q.turns[p]; ok {
		if turn.After(now) {
			return turn.Sub(now)
		}
		delete(q.turns, p)
		return 0
	}
	delay := q.reserve(n, now)
	if delay <= 0 {
		return 0
	}
	if delay <= longestWait {
		q.remember(p, now.Add(delay), now)
	}
	return min(delay, longestWait)
}

// reserve takes n tokens and returns when the last of them is there. A batch
// that is larger than the burst takes them in several bites. Where they are too
// far ahead nothing is taken.
func (q *queue) reserve(n int, now time.Time) time.Duration {
	var taken []*rate.Reservation
	for n > 0 {
		bite := n
		if burst := q.limiter.Burst(); q.limiter.Limit() != rate.Inf {
			bite = min(n, max(burst, 1))
		}
		r := q.limiter.ReserveN(now, bite)
		taken = append(taken, r)
		if !r.OK() || r.DelayFrom(now) > longestWait {
			for _, r := range taken {
				r.CancelAt(now)
			}
			return longestWait + 1
		}
		n -= bite
	}
	if len(taken) == 0 {
		return 0
	}
	return taken[len(taken)-1].DelayFrom(now)
}

func (q *queue) remember(p place, turn, now time.Time) {
	if len(q.turns) >= q.sweepAt {
		for p, turn := range q.turns {
			if now.Sub(turn) > longestWait {
				delete(q.turns, p)
			}
		}
		q.sweepAt = max(minSweep, 2*len(q.turns))
	}
	q.turns[p] = turn
}
