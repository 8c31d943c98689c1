package container

import (
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// A pauseReason says who wants a partition paused, in bits.
type pauseReason struct {
	by    uint8
	since time.Time
	// held: the reader just does not read it. That goes on and off many times a
	// second, so that nobody is told.
	held bool
}

const (
	byPressure uint8 = 1 << iota // it holds as many records as it may
	byUser                       // Pause, PausePartition, or the listener itself
)

func eventPartition(tp broker.Partition) event.Partition {
	return event.Partition{Topic: tp.Topic, ID: tp.ID}
}

func (r pauseReason) none() bool       { return r.by == 0 }
func (r pauseReason) byPressure() bool { return r.by&byPressure != 0 }

// pauseFor pauses parts at the client, for one more reason.
func (c *consumer) pauseFor(parts []broker.Partition, by uint8) {
	var fresh []broker.Partition
	for _, tp := range parts {
		r := c.paused[tp]
		held := by == byPressure && r.none() && c.client.Holds(tp)
		if (r.none() || r.held) && !held {
			c.emit(event.PartitionPaused{Consumer: c.name(), Partition: eventPartition(tp), ByUser: by == byUser})
		}
		if r.none() {
			fresh = append(fresh, tp)
		}
		c.paused[tp] = pauseReason{by: r.by | by, since: time.Now(), held: held}
	}
	if len(fresh) > 0 {
		c.clientFault("pause", c.client.Pause(fresh))
	}
}

// resumeFrom takes a reason away, and resumes those that have none left.
func (c *consumer) resumeFrom(parts []broker.Partition, by uint8) {
	var free []broker.Partition
	for _, tp := range parts {
		r, ok := c.paused[tp]
		if !ok || r.by&by == 0 {
			continue
		}
		r.by &^= by
		if r.none() {
			delete(c.paused, tp)
			free = append(free, tp)
			if !r.held {
				c.emit(event.PartitionResumed{Consumer: c.name(), Partition: eventPartition(tp)})
			}
			continue
		}
		c.paused[tp] = r
	}
	if len(free) > 0 {
		c.clientFault("resume", c.client.Resume(free))
	}
}

// pauses is what users have asked a container to pause. It survives rebalances
// and is cleared by a stop.
type pauses struct {
	mu      sync.Mutex
	version uint64
	all     bool
	own     selfPause
	reached bool // reported once per request
	parts   map[broker.Partition]bool
}

func newPauses() *pauses { return &pauses{version: 1, parts: make(map[broker.Partition]bool)} }

// clear forgets everything: a pause does not survive a stop.
func (p *pauses) clear() {
	p.set(func(p *pauses) { p.own.end(); p.all, p.reached = false, false; clear(p.parts) })
}

func (p *pauses) set(change func(*pauses)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
	p.version++
}

func (p *pauses) at() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.version
}

func (p *pauses) wants(tp broker.Partition) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all || p.own.on() || p.parts[tp]
}

// align pauses or resumes a as it is wanted, and answers which. Whoever changes
// what is wanted aligns after it; looking again at what is wanted lets the last
// of them have the last word.
func (p *pauses) align(a *assignment) (paused bool) {
	for {
		paused = p.wants(a.tp)
		if paused {
			a.Pause()
		} else {
			a.Resume()
		}
		if p.wants(a.tp) == paused {
			return paused
		}
	}
}

func (p *pauses) wantsAll() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all || p.own.on()
}

// forUser reports whether a user wants all of it paused.
func (p *pauses) forUser() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// unreached reports whether a pause is asked for and was not reported as
// reached: only then is it worth to look.
func (p *pauses) unreached() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return (p.all || p.own.on()) && !p.reached
}

// reach reports true once per request, for the event.
func (p *pauses) reach() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := (p.all || p.own.on()) && !p.reached
	p.reached = p.reached || first
	return first
}

// applyPauses carries over to the client what was asked for. Records that have
// not started are held by the ledger at once (see Container.Pause); this is
// about not fetching more, and about partitions that were being assigned when
// it was asked for.
func (c *consumer) applyPauses() {
	version := c.shared.pauses.at()
	if version == c.pausesSeen {
		return
	}
	c.pausesSeen = version
	var pause, resume []broker.Partition
	for tp, a := range c.parts {
		asked, is := c.shared.pauses.align(a), c.paused[tp].by&byUser != 0
		switch {
		case asked && !is:
			pause = append(pause, tp)
		case !asked && is:
			resume = append(resume, tp)
		}
	}
	c.pauseFor(pause, byUser)
	c.resumeFrom(resume, byUser)
}

func (c *consumer) clientFault(op string, err error) {
	if err != nil {
		c.emit(event.ClientError{Consumer: c.name(), Err: opError(op, err)})
	}
}
