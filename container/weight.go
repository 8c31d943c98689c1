package container

import "time"

// weighEvery is how often a consumer adds up what it holds.
const weighEvery = 5 * time.Millisecond

// A weight is what a consumer's partitions hold together, against its share of
// what the container may hold. It belongs to the loop.
type weight struct {
	at             time.Time
	over           bool // until half of the share is free
	records, bytes int
	came           int // records since
}

// soonWeighed is how many new records are worth to add up before the time.
const soonWeighed = 2000

// tooMuch reports whether c holds its share. Partitions that hold nothing are
// read all the same, so that one that is stuck does not starve the others.
func (c *consumer) tooMuch(now time.Time) bool {
	w := &c.weight
	if c.spec.InFlightRecords <= 0 && c.spec.InFlightBytes <= 0 {
		return false
	}
	if now.Sub(w.at) < weighEvery && w.came < soonWeighed && 8*w.came < c.share(c.spec.InFlightRecords) {
		return w.over
	}
	*w = weight{at: now, over: w.over}
	for _, a := range c.parts {
		if a.empty {
			continue
		}
		records, bytes := a.Held()
		moreRecords, moreBytes := a.unkeyedLoad()
		w.records += records + moreRecords
		w.bytes += bytes + moreBytes
	}
	w.over = c.exceeds(c.spec.InFlightRecords, w.records) || c.exceeds(c.spec.InFlightBytes, w.bytes)
	return w.over
}

func (c *consumer) exceeds(limit, held int) bool {
	if limit <= 0 {
		return false
	}
	share := c.share(limit)
	if c.weight.over {
		share /= 2
	}
	return held > share
}

func (c *consumer) share(limit int) int { return max(1, limit/max(1, c.spec.Concurrency)) }
