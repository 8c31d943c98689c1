package container

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// A committer sends one consumer's commits from a goroutine of its own, one at
// a time, so that commits can't overtake each other and the loop never waits.
// Marks that come while a commit is under way go into the next one.
//
// It decides nobody's fate: a refused commit leaves the marks where they are
// and is sent again after a while. Only a revoke, a loss or a stop ends an
// assignment.
type committer struct {
	c      *consumer
	policy *policy

	// gate is held from snapshot to answer. A revoke takes it before its fence,
	// and hands it over with its last commit.
	gate   chan struct{}
	kick   chan struct{}
	finals chan finalCommit
	seeks  chan *seekJob
	ending chan struct{}
	done   chan struct{}

	mu  sync.Mutex
	due []*assignment

	failed []*assignment // to be sent again at pause
	retry  time.Duration
	pause  time.Time // the failed ones are not sent before
	whole  bool      // and neither is anything else: the last call failed as a whole
	assert time.Time // next re-assertion
	ends   chan []broker.Offset

	pace pacer

	// trouble is set while commits fail, for the watch.
	trouble atomic.Pointer[commitTrouble]
}

type finalCommit struct {
	offsetList
	answer chan error
}

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

func newCommitter(c *consumer) *committer {
	m := &committer{
		c:      c,
		gate:   make(chan struct{}, 1),
		kick:   make(chan struct{}, 1),
		finals: make(chan finalCommit, 1),
		seeks:  make(chan *seekJob, 1),
		ends:   make(chan []broker.Offset, 1),
		ending: make(chan struct{}),
		done:   make(chan struct{}),
		assert: time.Now().Add(assertEvery),
	}
	m.pace.on = c.spec.AckMode.Row().When.Has(ackmode.ChunkEnd) && !c.spec.Await
	m.policy = newPolicy(c.spec, m.nudge)
	return m
}

// add makes a due. It is called under the partition's lock.
func (m *committer) add(a *assignment) {
	m.mu.Lock()
	m.due = append(m.due, a)
	m.mu.Unlock()
	m.nudge()
}

func (m *committer) nudge() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

// lock waits for the gate until timeout fires.
func (m *committer) lock(timeout <-chan time.Time) bool {
	select {
	case m.gate <- struct{}{}:
		return true
	case <-timeout:
		return false
	}
}

func (m *committer) tryLock() bool {
	select {
	case m.gate <- struct{}{}:
		return true
	default:
		return false
	}
}

func (m *committer) unlock() { <-m.gate }

// final sends a last commit for the holder of the gate, and gives the gate
// back when it was answered. The answer comes at once where there is nothing
// to commit.
func (m *committer) final(l offsetList) <-chan error {
	f := finalCommit{l, make(chan error, 1)}
	if len(l.parts) == 0 {
		m.unlock()
		f.answer <- nil
		return f.answer
	}
	m.finals <- f // has room: only the holder of the gate sends
	return f.answer
}

// quit ends the goroutine and waits for it, at most d.
func (m *committer) quit(d time.Duration) bool {
	close(m.ending)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.done:
		return true
	case <-timer.C:
		return false
	}
}

// ended reports whether the committer's goroutine is over.
func (m *committer) ended() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

func (m *committer) run() {
	defer close(m.done)
	if m.c.tx != nil {
		m.c.tx.run()
		return
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		timer.Reset(m.next(now).Sub(now))
		select {
		case <-m.ending:
			select {
			case f := <-m.finals: // it was handed over before
				m.sendFinal(f)
			default:
			}
			return
		case f := <-m.finals:
			m.sendFinal(f)
		case job := <-m.seeks:
			m.part(job)
		case ends := <-m.ends:
			m.reassert(ends)
		case <-m.kick:
			m.sendDue()
		case <-timer.C:
			m.tick(time.Now())
			m.sendDue()
		}
	}
}

// next returns when the committer has to act by itself.
func (m *committer) next(now time.Time) time.Time {
	at := m.assert
	if t, ok := m.policy.next(now); ok && t.Before(at) {
		at = t
	}
	if len(m.failed) > 0 && m.pause.Before(at) {
		at = m.pause
	}
	if m.waits() {
		// A moment in the past is right, too: the pace has admitted it since.
		t := m.pace.next()
		if m.whole && m.pause.After(t) {
			t = m.pause
		}
		if t.Before(at) {
			at = t
		}
	}
	return at
}

func (m *committer) tick(now time.Time) {
	m.policy.fire(now, func() []*assignment { return *m.c.live.Load() })
	if len(m.failed) > 0 && !m.pause.After(now) {
		again := m.failed
		m.failed = nil
		for _, a := range again {
			a.Requeue()
		}
		if !m.waits() {
			m.trouble.Store(nil) // their assignments are over
		}
	}
	if !m.assert.After(now) {
		m.assert = now.Add(assertEvery)
		m.askEnds()
	}
}

// waits reports whether something is due.
func (m *committer) waits() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.due) > 0
}

// sendDue commits what is due, if anything is.
func (m *committer) sendDue() {
	now := time.Now()
	waiting := now.Before(m.pause)
	if !m.waits() || (waiting && m.whole) || !m.pace.admit(now) {
		return
	}
	if !m.await() {
		return
	}
	defer m.unlock()
	m.mu.Lock()
	due := m.due
	m.due = nil
	m.mu.Unlock()
	var l offsetList
	for _, a := range due {
		c, ok := a.Snapshot()
		if ok && waiting && slices.Contains(m.failed, a) {
			continue // its own back-off; Requeue makes it due again
		}
		if ok {
			l.add(a, c)
		}
	}
	_ = m.send(l) // it has told the partitions
}

// sendFinal makes a last commit. Offsets whose maps are too large go without
// them: there is no later commit with smaller maps.
func (m *committer) sendFinal(f finalCommit) {
	defer m.unlock()
	err := m.send(f.offsetList)
	if l := f.bare(); isTooLarge(err) && len(l.parts) > 0 {
		err = m.send(l)
	}
	f.answer <- err
}

// send makes one commit and tells the partitions how it went. The gate is held.
func (m *committer) send(l offsetList) error {
	if len(l.parts) == 0 {
		return nil
	}
	began := time.Now()
	results, whole := m.c.client.Commit(l.offsets())
	m.whole = whole != nil
	took, err := time.Since(began), whole
	var sent, refused []event.Commit
	for i, a := range l.parts {
		c := l.commits[i]
		fault := whole
		if fault == nil {
			fault = results[i].Err
		}
		said := event.Commit{Partition: a.event(), Offset: c.Offset}
		if fault == nil {
			a.Confirmed(c)
			sent = append(sent, said)
			continue
		}
		a.CommitFailed(c, &CommitError{Partition: a.tp, Offset: c.Offset, Err: fault})
		m.shrink(a, c, fault)
		refused = append(refused, said)
		m.failed = append(m.failed, a)
		err = fault
	}
	m.report(sent, refused, err, took)
	return err
}
