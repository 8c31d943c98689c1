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
}

// tooMuch reports whether c holds its share. Partitions that hold nothing are
// read all the same, so that one that is stuck does not starve the others.
func (c *consumer) tooMuch(now time.Time) bool {
	w := &c.weight
	if now.Sub(w.at) < weighEvery {
		return w.over
	}
	*w = weight{at: now, over: w.over}
	for _, a := range c.parts {
		records, bytes := a.Held()
		w.records += records
		w.bytes += bytes
	}
	w.over = c.exceeds(c.spec.InFlightRecords, w.records) || c.exceeds(c.spec.InFlightBytes, w.bytes)
	return w.over
}

func (c *consumer) exceeds(limit, held int) bool {
	if limit <= 0 {
		return false
	}
	share := max(1, limit/max(1, c.spec.Concurrency))
	if c.weight.over {
		share /= 2
	}
	return held > share
}
