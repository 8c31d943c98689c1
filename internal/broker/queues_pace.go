package broker

import (
	"strconv"
	"time"
)

// The client asks a broker for one thing at a time, and leaves out partitions
// whose queue is full. Is there nothing new in all others, then that question
// stays at the broker for fetch.wait.max.ms, and the full queue may long be
// empty before the client can ask for more: a busy partition among idle ones
// would get one queue's content for each wait. So the wait is short as long as
// records come so fast that this can happen, and long otherwise, when it saves
// the broker questions.
const (
	shortWait = 10 * time.Millisecond
	longWait  = 100 * time.Millisecond // the default of fetch.wait.max.ms; how long records are counted, too

	waitProperty = "fetch.wait.max.ms"
	enoughBytes  = shareKB << 10 / 2 / 4 // a quarter of what a queue holds, in bytes
	enoughMany   = 10000 / 4             // and in records: see queued.min.messages
)

// A pace chooses the wait, in windows of longWait. The zero value never does.
type pace struct {
	set   func(property, value string) error // of the client, while it runs
	short bool

	since          time.Time // the window's begin
	bytes, records int       // that came in it
}

// paced says whether the wait is for a pace to choose: not where the user has
// chosen it, or wants answers of a size.
func paced(chosen map[string]string) bool {
	_, wait := chosen[waitProperty]
	_, size := chosen["fetch.min.bytes"]
	return !wait && !size
}

// start begins with the short wait: there is often a backlog at first.
func (p *pace) start(set func(property, value string) error, now time.Time) {
	p.set, p.since = set, now
	p.choose(true)
}

// came counts what a turn has brought.
func (p *pace) came(records, bytes int, now time.Time) {
	if p.set == nil {
		return
	}
	p.records += records
	p.bytes += bytes
	enough := p.records >= enoughMany || p.bytes >= enoughBytes
	over := now.Sub(p.since) >= longWait
	if enough && !p.short || !enough && p.short && over {
		p.choose(enough)
	}
	if over {
		p.since, p.records, p.bytes = now, 0, 0
	}
}

// choose sets the wait. A client that can't keeps the one that it has.
func (p *pace) choose(short bool) {
	p.short = short
	wait := longWait
	if short {
		wait = shortWait
	}
	if p.set(waitProperty, strconv.FormatInt(wait.Milliseconds(), 10)) != nil {
		p.set = nil
	}
}
