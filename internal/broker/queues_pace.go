package broker

import (
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
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
	manyProperty = "queued.min.messages"
)

// A pace chooses the wait, in windows of longWait. The zero value never does.
type pace struct {
	set   func(property, value string) error // of the client, while it runs
	short bool
	// So much in one window is fast: a quarter of what a queue holds.
	enoughMany, enoughBytes int

	since          time.Time // the window's begin
	bytes, records int       // that came in it
}

// newPace returns the pace of a client with config, which says what one queue
// holds. There is none where the user has chosen the wait, or wants answers of a size.
func newPace(chosen map[string]string, config kafka.ConfigMap) pace {
	_, wait := chosen[waitProperty]
	_, size := chosen["fetch.min.bytes"]
	if wait || size {
		return pace{}
	}
	return pace{enoughMany: quarter(config[manyProperty], 1), enoughBytes: quarter(config[budgetProperty], 1<<10)}
}

// quarter is a quarter of a number of units; what is none, the client refuses.
func quarter(text kafka.ConfigValue, unit int) int {
	s, _ := text.(string)
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return max(n*unit/4, 1)
}

// never reports that the wait is not for p to choose.
func (p *pace) never() bool { return p.set == nil || p.enoughMany == 0 }

// begin is for new partitions: there is often a backlog at first, and some are
// asked for before others.
func (p *pace) begin(now time.Time) {
	if p.never() {
		return
	}
	p.since, p.records, p.bytes = now, 0, 0
	if !p.short {
		p.choose(true)
	}
}

// came counts what a turn has brought.
func (p *pace) came(records, bytes int, now time.Time) {
	if p.never() {
		return
	}
	p.records += records
	p.bytes += bytes
	enough := p.records >= p.enoughMany || p.bytes >= p.enoughBytes
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
