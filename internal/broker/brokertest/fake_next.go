package brokertest

import (
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// The kinds of a rebalance step.
const (
	assign = iota
	revoke
	lose
)

// A step is a rebalance that waits to be run inside Next or Close.
type step struct {
	kind  int
	parts []broker.Partition
}

// Give gives parts to m. It returns at once; the next Next (a waiting one
// wakes up) calls Owner.Assigned. Use it with Group.Manual.
func (m *Member) Give(parts ...broker.Partition) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.queue(assign, parts)
}

// Revoke takes parts (all that m owns, if there are none) from m, by
// Owner.Revoked in the next Next. Use it with Group.Manual.
func (m *Member) Revoke(parts ...broker.Partition) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if len(parts) == 0 {
		for p, o := range m.group.owners {
			if o == m && !m.group.leaving[p] {
				parts = append(parts, p)
			}
		}
	}
	m.queue(revoke, parts)
}

// Lose throws m out of the group now: its partitions go to others, its commits
// fail, AssignmentLost is true, and the next Next calls Owner.Lost. After that
// m joins again (under Manual it is just able to commit again).
func (m *Member) Lose() {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.lose()
}

// ExceedPoll does what max.poll.interval.ms does: Lose, with the client's error.
func (m *Member) ExceedPoll() {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.emit(&broker.ClientError{Class: broker.PollExceeded, Code: -147, Op: "poll", Text: "Application maximum poll interval exceeded"})
	m.lose()
}

// Emit makes the next Next report err.
func (m *Member) Emit(err *broker.ClientError) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.emit(err)
}

// emit is Emit with c.mu held.
func (m *Member) emit(err *broker.ClientError) {
	m.errs = append(m.errs, err)
	m.wakeUp()
}

// lose is Lose with c.mu held.
func (m *Member) lose() {
	if m.out {
		return
	}
	m.out, m.lost = true, len(m.reads) > 0
	m.steps = []step{{lose, m.assigned()}}
	m.group.remove(m)
	m.wakeUp()
}

// queue adds a step. c.mu is held.
func (m *Member) queue(kind int, parts []broker.Partition) {
	sortParts(parts)
	for _, p := range parts {
		if kind == assign {
			m.group.owners[p] = m
		} else {
			m.group.leaving[p] = true
		}
	}
	m.steps = append(m.steps, step{kind, parts})
	m.wakeUp()
}

func (m *Member) wakeUp() {
	select {
	case m.wakes <- struct{}{}:
	default:
	}
}

// Next runs the rebalances that are due, else takes what is there, as
// broker.Consumer says. Partitions are served in order of their names.
func (m *Member) Next(limits broker.Limits, turn *broker.Turn) {
	turn.Reset()
	if err := m.begin(); err != nil {
		turn.Errors = append(turn.Errors, err)
		return
	}
	defer m.busy.Store(false)
	timer := time.NewTimer(limits.Wait)
	defer timer.Stop()
	for {
		if m.runSteps() {
			m.collectErrors(turn)
			return
		}
		ready := m.collect(limits, turn)
		if woken := m.woken.Swap(false); woken || len(turn.Chunks)+len(turn.Errors) > 0 || limits.Wait <= 0 {
			return
		}
		select {
		case <-m.wakes:
		case <-ready:
		case <-timer.C:
			return
		}
	}
}

// begin enters Next.
func (m *Member) begin() error {
	if !m.own("Next") {
		return broker.ErrBusy
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if m.closed {
		m.busy.Store(false)
		return broker.ErrClosed
	}
	return nil
}

// runSteps runs what is queued, and reports whether there was anything.
func (m *Member) runSteps() (ran bool) {
	ran = m.reassign()
	for {
		m.c.mu.Lock()
		if len(m.steps) == 0 || m.closed {
			m.c.mu.Unlock()
			return ran
		}
		s := m.steps[0]
		m.steps = m.steps[1:]
		m.c.mu.Unlock()
		ran = true
		switch s.kind {
		case assign:
			m.runAssign(s.parts)
		case revoke:
			m.runRevoke(s.parts)
		case lose:
			m.runLose(s.parts)
		}
	}
}

func (m *Member) runAssign(parts []broker.Partition) {
	if len(parts) == 0 {
		return
	}
	answer := map[broker.Partition]broker.Assignment{}
	m.c.mu.Lock()
	m.assigning = parts
	m.c.mu.Unlock()
	for _, a := range m.owner.Assigned(parts) {
		answer[a.Partition] = a
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.assigning = nil
	if m.out { // lost meanwhile: the lose step tells the owner
		for _, p := range parts {
			m.reads[p] = &read{paused: true}
		}
		m.lost, m.steps = true, []step{{lose, m.assigned()}}
		return
	}
	for _, p := range parts {
		a, ok := answer[p]
		if !ok {
			a.Start.Offset = broker.Stored
		}
		r := &read{epoch: a.Epoch, paused: !ok, ready: time.Now().Add(m.c.fetchDelay)}
		m.reads[p] = r
		m.start(p, r, a.Start.Offset)
	}
}

func (m *Member) runRevoke(parts []broker.Partition) {
	if mine := m.held(parts); len(mine) > 0 {
		m.owner.Revoked(mine)
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	for _, p := range parts {
		delete(m.reads, p)
		if m.group.owners[p] == m {
			m.group.free(p)
		}
	}
	m.group.generation++
	m.group.reconcile()
}

func (m *Member) runLose(parts []broker.Partition) {
	if mine := m.held(parts); len(mine) > 0 {
		m.owner.Lost(mine)
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	for _, p := range parts {
		delete(m.reads, p)
	}
	m.lost = false
	if !m.fenced() {
		m.join()
	}
}

// held returns those of parts that the owner has been told of, and still holds.
func (m *Member) held(parts []broker.Partition) (mine []broker.Partition) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	for _, p := range parts {
		if m.reads[p] != nil {
			mine = append(mine, p)
		}
	}
	return mine
}

// giveBack ends every assignment, inside Close: what waits of losses runs, all
// the rest is revoked.
func (m *Member) giveBack() {
	m.c.mu.Lock()
	parts, lost := m.assigned(), m.lost
	m.steps, m.topics, m.wanted = nil, nil, nil
	m.c.mu.Unlock()
	switch {
	case len(parts) == 0:
	case lost:
		m.owner.Lost(parts)
	default:
		m.runRevoke(parts)
	}
}
