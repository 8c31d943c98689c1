package container

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

const (
	lookupTimeout = 5 * time.Second // of all look-ups for one rebalance, or one seek
	lookupPause   = 100 * time.Millisecond
)

// An ask is where a partition is to begin, in the user's words.
type ask struct {
	tp broker.Partition
	to listener.Position // zero: the group's committed offset
	// known, if not nil, is what counts instead of the committed offset.
	known *place
	// live says that a ledger knows what FromCurrent counts from; the answer
	// then has the bounds of the log only.
	live bool
}

func (a ask) relative() bool { return a.to.Kind == spec.FromCurrent }

// A start is a position for the client, and what the ledger should know of it.
type start struct {
	position  int64
	ledger    ledger.Start
	low, high int64 // of the log, for FromCurrent
}

// at is a start at a known offset that nobody has committed.
func at(offset int64) start { return start{position: offset, ledger: ledger.Start{Offset: offset}} }

// beginning is a start at the oldest record, whatever its offset is by then.
func beginning() start {
	return start{position: broker.Beginning, ledger: ledger.Start{Offset: -1}}
}

// An OutOfRangeError says that a position by offset is outside of the log.
type OutOfRangeError struct {
	Partition broker.Partition
	Offset    int64
	Low, High int64 // of the log; High is the next record to be written
}

// Error names the partition, the offset and the log's range.
func (e *OutOfRangeError) Error() string {
	return fmt.Sprintf("%s[%d] has no offset %d: its log goes from %d to %d",
		e.Partition.Topic, e.Partition.ID, e.Offset, e.Low, e.High)
}

// A lookup is the questions for one rebalance or one seek: few requests, each
// for many partitions, repeated until they are answered or the time is up.
type lookup struct {
	c        *consumer
	deadline time.Time
	said     bool
}

type question func(parts []broker.Partition, timeout time.Duration) ([]broker.Offset, error)

// ask returns the answer for all of parts. Its error ends the consumer or the
// seek: nobody starts from a guess.
func (l *lookup) ask(what string, parts []broker.Partition, q question) (map[broker.Partition]int64, error) {
	for len(parts) > 0 {
		answers, err := q(parts, time.Until(l.deadline))
		for _, o := range answers {
			err = cmp.Or(err, o.Err)
		}
		if err == nil {
			found := make(map[broker.Partition]int64, len(answers))
			for _, o := range answers {
				found[o.Partition] = o.Offset
			}
			return found, nil
		}
		if time.Until(l.deadline) <= lookupPause {
			return nil, opError(what, err)
		}
		if !l.said {
			l.said = true
			l.c.clientFault(what, err)
		}
		if !l.rest() {
			return nil, opError(what, err)
		}
	}
	return nil, nil
}

// rest waits before a question is repeated; it answers false where nobody
// wants to know any more.
func (l *lookup) rest() bool {
	timer := time.NewTimer(lookupPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.c.stop.asked:
	case <-l.c.over:
	}
	return false
}

// found is what the look-ups for some asks have answered.
type found struct {
	committed, low, high map[broker.Partition]int64
	metadata             map[broker.Partition]string // of the committed
}

// resolve turns asks into starts. It may be called from any goroutine. Under
// auto-offset-reset none it answers a *NoOffsetError or an *OutOfRangeError.
func (c *consumer) resolve(asks []ask) ([]start, error) {
	l := &lookup{c: c, deadline: time.Now().Add(lookupTimeout)}
	f := found{metadata: map[broker.Partition]string{}}
	committed := func(parts []broker.Partition, timeout time.Duration) ([]broker.Offset, error) {
		answers, err := c.client.Committed(parts, timeout)
		for _, o := range answers {
			f.metadata[o.Partition] = o.Metadata
		}
		return answers, err
	}
	var err error
	if f.committed, err = l.ask("the group's committed offsets", needs(asks, ask.needsCommitted), committed); err != nil {
		return nil, err
	}
	without := func(a ask) bool { return a.needsCommitted() && f.committed[a.tp] < 0 }
	if missing := needs(asks, without); c.spec.Reset == spec.NoReset && len(missing) > 0 {
		return nil, &NoOffsetError{Group: c.spec.Group, Partitions: missing}
	}
	if f.low, err = l.ask("the start of the log", needs(asks, ask.needsLow), c.client.LogStart); err != nil {
		return nil, err
	}
	needsHigh := func(a ask) bool { return a.needsHigh() || c.spec.Reset == spec.Latest && without(a) }
	if f.high, err = l.ask("the end of the log", needs(asks, needsHigh), c.client.LogEnd); err != nil {
		return nil, err
	}
	if c.spec.Reset == spec.Earliest {
		c.oldest(&f, needs(asks, func(a ask) bool { return without(a) && !a.needsLow() }), time.Until(l.deadline))
	}
	out := make([]start, len(asks))
	for i, a := range asks {
		if out[i], err = c.place(a, f); err != nil {
			return nil, err
		}
	}
	return out, c.resolveTimes(l, asks, out)
}

// oldest asks where the logs begin of several partitions that start there, in one
// request of each broker; the client sends one for each partition, and of a single
// one that is the same. A partition that has no answer in time is left to the client,
// and so is one whose oldest record is gone when the client reads: it is told to go on
// at the earliest then, too.
func (c *consumer) oldest(f *found, parts []broker.Partition, left time.Duration) {
	if len(parts) < 2 || left <= 0 {
		return
	}
	// Never shorter: a request that is given up takes the client's connection with it.
	answers, _ := c.client.LogStart(parts, left) // the client will say what is wrong
	for _, o := range answers {
		if o.Err != nil || o.Offset < 0 {
			continue
		}
		if f.low == nil {
			f.low = make(map[broker.Partition]int64, len(parts))
		}
		f.low[o.Partition] = o.Offset
	}
}

func needs(asks []ask, question func(ask) bool) []broker.Partition {
	var parts []broker.Partition
	for _, a := range asks {
		if question(a) {
			parts = append(parts, a.tp)
		}
	}
	return parts
}

func (a ask) needsCommitted() bool {
	return a.known == nil && (a.to.IsZero() || a.relative() && !a.live)
}

func (a ask) needsLow() bool {
	return a.to.Kind == spec.AtOffset || a.to.Kind == spec.FromEnd || a.relative()
}

func (a ask) needsHigh() bool { return a.needsLow() || a.to.Kind == spec.AtEnd }

// place is one ask's start; times are filled in later.
func (c *consumer) place(a ask, f found) (start, error) {
	low, high := f.low[a.tp], f.high[a.tp]
	switch a.to.Kind {
	case spec.AtBeginning:
		return beginning(), nil
	case spec.AtEnd:
		return at(high), nil
	case spec.FromEnd:
		return at(shift(high, -a.to.N, low, high)), nil
	case spec.AtOffset:
		return c.absolute(a, low, high)
	case spec.AtTime:
		return start{}, nil
	}
	s := c.committedStart(a, f)
	if !a.relative() {
		return s, nil
	}
	s.low, s.high = low, high
	if a.live {
		return s, nil
	}
	return at(s.shifted(s.position, a.to.N)), nil
}

// committedStart is the group's committed offset, what is known better, or
// auto-offset-reset.
func (c *consumer) committedStart(a ask, f found) start {
	offset := f.committed[a.tp]
	switch {
	case a.live:
		return start{}
	case a.known != nil && a.known.offset < 0:
		return beginning()
	case a.known != nil:
		return c.withMap(a.tp, a.known.metadata, start{position: a.known.offset, ledger: ledger.Start{
			Offset: a.known.offset, Committed: a.known.committed, Claim: a.known.claim,
		}})
	case offset >= 0:
		return c.withMap(a.tp, f.metadata[a.tp], start{position: offset, ledger: ledger.Start{Offset: offset, Committed: true}})
	case c.spec.Reset == spec.Latest:
		// Claimed at once: a restart before the first record must not skip.
		s := at(f.high[a.tp])
		s.ledger.Claim = true
		return s
	default:
		s := beginning()
		if low, ok := f.low[a.tp]; ok {
			s.position = low
		}
		return s
	}
}

// absolute is a start by offset. Outside of the log the client would apply
// auto-offset-reset, which has nothing to do with what was asked for.
func (c *consumer) absolute(a ask, low, high int64) (start, error) {
	if a.to.N >= low && a.to.N <= high {
		return at(a.to.N), nil
	}
	err := &OutOfRangeError{Partition: a.tp, Offset: a.to.N, Low: low, High: high}
	if c.spec.Reset == spec.NoReset {
		return start{}, err
	}
	nearest := shift(0, a.to.N, low, high)
	c.clientFault(fmt.Sprintf("start at %d instead", nearest), err)
	return at(nearest), nil
}

// resolveTimes fills in the asks by time, one request per time.
func (c *consumer) resolveTimes(l *lookup, asks []ask, out []start) error {
	byTime := map[int64][]broker.Partition{}
	for _, a := range asks {
		if a.to.Kind == spec.AtTime {
			byTime[a.to.At.UnixNano()] = append(byTime[a.to.At.UnixNano()], a.tp)
		}
	}
	for i, a := range asks {
		parts := byTime[a.to.At.UnixNano()]
		if a.to.Kind != spec.AtTime || len(parts) == 0 {
			continue
		}
		delete(byTime, a.to.At.UnixNano())
		offsets, err := l.ask("the offsets by time", parts, func(parts []broker.Partition, timeout time.Duration) ([]broker.Offset, error) {
			return c.client.OffsetsAt(parts, a.to.At, timeout)
		})
		if err != nil {
			return err
		}
		for j := i; j < len(asks); j++ {
			if offset, ok := offsets[asks[j].tp]; ok && asks[j].to.Kind == spec.AtTime {
				out[j] = at(offset)
			}
		}
	}
	return nil
}

// shifted is n records from current, where that is known, within the log.
func (s start) shifted(current, n int64) int64 {
	if current < 0 {
		current = s.low
	}
	return shift(current, n, s.low, s.high)
}

func shift(base, n, low, high int64) int64 { return base + min(max(n, low-base), high-base) }

// unmet reports whether err says that auto-offset-reset none leaves a
// partition without a start: that ends the listener.
func unmet(err error) bool {
	_, none := errors.AsType[*NoOffsetError](err)
	_, outside := errors.AsType[*OutOfRangeError](err)
	return none || outside
}
