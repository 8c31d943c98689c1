package container

import "time"

// The pace of commits under BATCH and MANUAL: a burst is free, then one each
// 15 ms. Without it, a commit for each 500 records of a handler that does next
// to nothing takes as much of a small machine as the records themselves do
// (measured beside a bare Poll loop: 0.54 of its speed, 0.67 to 0.78 with one of 10 ms).
const (
	paceEvery = 15 * time.Millisecond
	paceBurst = 10 * paceEvery
	// runAhead is how old the oldest unconfirmed mark may be for chunks to go
	// on starting: what a crash redoes where two chunks take less than that.
	runAhead = 25 * time.Millisecond
)

// A pacer spaces commits out. It belongs to the committer's goroutine.
type pacer struct {
	on     bool
	credit time.Time
}

// admit reports whether a commit may go now, and counts it.
func (p *pacer) admit(now time.Time) bool {
	if !p.on {
		return true
	}
	if p.credit.After(now) {
		return false
	}
	if oldest := now.Add(-paceBurst); p.credit.Before(oldest) {
		p.credit = oldest
	}
	p.credit = p.credit.Add(paceEvery)
	return true
}

// next returns when admit says yes again; it is in the past where it does already.
func (p *pacer) next() time.Time { return p.credit }
