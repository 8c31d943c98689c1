package container

import (
	"time"
)

// A pressure is what the window of its partitions means for the loop.
type pressure struct {
	full int // unpaused, and hold as many records as they may
	busy int // have room, and records that wait
	idle int // have nothing that waits
}

// heldBack waits instead of polling while what is assigned is full or idle, and
// reports whether it did. Past the pressure's patience the full partitions are
// paused and polling goes on.
func (c *consumer) heldBack() bool {
	now := time.Now()
	p := c.backPressure(now)
	if p.full == 0 {
		c.heldSince = time.Time{}
		return false
	}
	if c.heldSince.IsZero() {
		c.heldSince = now
	}
	wait := min(p.patience()-now.Sub(c.heldSince), pollWait)
	if c.weight.over {
		wait = min(wait, weighEvery) // nobody says when it is less
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-c.wake:
	case <-timer.C:
	case <-c.stop.asked:
	}
	return true
}

// patience is how long polling may be held back before what is full is paused.
// Not polling keeps the client's prefetch, which a pause throws away; but it
// holds up the others. Where they are busy, that is not acceptable at all;
// where they are idle, it is for as long as a handler that is merely fast
// takes to make room.
func (p pressure) patience() time.Duration {
	switch {
	case p.busy > 0:
		return 0
	case p.idle > 0:
		return pollWait
	default:
		return holdBack
	}
}

// load is a's Load, which is not asked while a is known to be empty: there may be a
// thousand partitions, and this is asked in each turn.
func load(a *assignment) (full bool, queued int) {
	if !a.empty {
		full, queued, a.empty = a.Load()
		a.empty = a.empty && len(a.unkeyed) == 0
	}
	return full, queued
}

// backPressure pauses partitions that are full beyond patience, and resumes
// those that have room again. What the reader holds is paused and resumed at
// once: it is simply not read. It returns what is left to wait for.
func (c *consumer) backPressure(now time.Time) pressure {
	var p pressure
	pause, resume := c.pausing[:0], c.resuming[:0]
	held := false
	tooMuch := c.tooMuch(now)
	for tp, a := range c.parts {
		reason := c.paused[tp]
		full, queued := load(a)
		full = full || tooMuch && queued+len(a.unkeyed) > 0 || c.keysBlock(a, now)
		switch {
		case reason.by&byUser != 0 || (full && reason.byPressure()):
		case full && c.client.Holds(tp):
			held = true
			pause = append(pause, tp)
		case full:
			p.full++
			pause = append(pause, tp)
		case reason.byPressure() && (reason.held || now.Sub(reason.since) >= time.Second):
			resume = append(resume, tp)
			p.busy++
		case reason.none() && queued > 0:
			p.busy++
		case reason.none():
			p.idle++
		}
	}
	since := c.heldSince
	if since.IsZero() {
		since = now
	}
	if held || len(pause) > 0 && now.Sub(since) >= p.patience() {
		c.pauseFor(pause, byPressure)
		p.full = 0
	}
	c.resumeFrom(resume, byPressure)
	c.pausing, c.resuming = pause, resume
	return p
}
