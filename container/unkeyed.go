package container

import (
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// keyPatience is how long one turn waits for ordering keys. Chunks whose keys take
// longer are booked when they are there, and the loop goes on; only their partitions wait.
const keyPatience = pollWait

// came books a chunk. Where it takes a function to tell its keys, the function is
// asked, for all partitions of a turn at once, and bookKeyed does the rest.
func (c *consumer) came(a *assignment, recs []listener.RawRecord) error {
	a.empty = false
	if c.keyer == nil || len(recs) == 0 {
		return c.book(a, recs, nil)
	}
	a.unkeyed = append(a.unkeyed, newUnkeyed(recs))
	c.keysAwaited = true
	c.askKeys(a)
	return nil
}

// askKeys asks for the keys of a's first chunk, once.
func (c *consumer) askKeys(a *assignment) (u *unkeyed) {
	if len(a.unkeyed) == 0 {
		return nil
	}
	if u = a.unkeyed[0]; !u.asked {
		u.asked = true
		go c.keyer.ask(u, 0)
	}
	return u
}

// bookKeyed books the chunks of a whose keys are known, in their order.
func (c *consumer) bookKeyed(a *assignment, until time.Time) error {
	for u := c.askKeys(a); u != nil; u = c.askKeys(a) {
		if !c.told(u, until) {
			return nil
		}
		a.unkeyed[0] = nil
		a.unkeyed = a.unkeyed[1:]
		if err := c.book(a, u.recs, u.keys); err != nil {
			return err
		}
	}
	return nil
}

// told waits for the keys of u, until then or a stop, and once only.
func (c *consumer) told(u *unkeyed, until time.Time) bool {
	if wait := time.Until(until); wait > 0 && !u.parked.Load() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-u.told:
			return true
		case <-timer.C:
		case <-c.stop.asked:
		}
	}
	u.parked.Store(true)
	select {
	case <-u.told:
		return true
	default:
		return false
	}
}

func (c *consumer) book(a *assignment, recs []listener.RawRecord, keys []ledger.Key) error {
	if _, err := a.TrackKeyed(recs, keys); err != nil {
		return c.rewritten(a, err)
	}
	return nil
}

// applyKeys books what is known, after wait at the latest.
func (c *consumer) applyKeys(wait time.Duration) error {
	if !c.keysAwaited {
		return nil
	}
	now := time.Now()
	until := now.Add(wait)
	c.keysAwaited, c.keysSoon = false, false
	for _, a := range c.parts {
		if err := c.bookKeyed(a, until); err != nil {
			return err
		}
		if len(a.unkeyed) > 0 {
			c.keysAwaited = true
			c.keysSoon = c.keysSoon || !a.keyWatch.long(now)
		}
	}
	return nil
}

// keyWait is how long the loop may sit in the client while keys may come: not
// all readers can be woken.
func (c *consumer) keyWait(d time.Duration) time.Duration {
	if c.keysSoon {
		return min(d, pumpWait)
	}
	return d
}

// keysBlock reports whether a takes no more because of chunks without keys: they
// are as many as may wait anyway, or one of them has been there for long.
func (c *consumer) keysBlock(a *assignment, now time.Time) bool {
	if len(a.unkeyed) == 0 {
		return false
	}
	n, _ := a.unkeyedLoad()
	return n >= c.spec.window() || a.keyWatch.long(now)
}

// unkeyedLoad is how many records of a wait for their keys, and their size.
func (a *assignment) unkeyedLoad() (records, bytes int) {
	for _, u := range a.unkeyed {
		records += len(u.recs)
		bytes += u.bytes
	}
	return records, bytes
}

// A keyWatch is the record that a key function is asked about, since when.
type keyWatch struct {
	chunk *unkeyed
	at    int64
	since time.Time
}

// long reports whether a reader should wait for it no more.
func (w *keyWatch) long(now time.Time) bool { return w.chunk != nil && now.Sub(w.since) >= holdBack }

// keyOverdue returns the offset that a's key function does not come back from,
// and since when; ok is false where it is in time.
func (c *consumer) keyOverdue(a *assignment, now time.Time) (offset int64, since time.Time, ok bool) {
	if len(a.unkeyed) == 0 {
		a.keyWatch = keyWatch{}
		return 0, since, false
	}
	u := a.unkeyed[0]
	if at := u.at.Load(); a.keyWatch.chunk != u || a.keyWatch.at != at {
		a.keyWatch = keyWatch{u, at, now}
	}
	since = a.keyWatch.since
	return u.recs[a.keyWatch.at].Offset, since, now.Sub(since) >= min(stallAfter, c.spec.HandlerTimeout)
}

// keyReason says what a partition waits for.
func keyReason(offset int64) string {
	return fmt.Sprintf("the ordering key function of offset %d has not returned", offset)
}

// abandonKeys names the key functions that an end leaves behind. It waits for
// none: their records are not booked, and come again.
func (c *consumer) abandonKeys(parts []*assignment) {
	for _, a := range parts {
		if offset, _, late := c.keyOverdue(a, time.Now()); late {
			c.abandon(fmt.Sprintf("the ordering key function of %s@%d", partitionName(a.tp), offset))
		}
	}
}
