package container

import (
	"errors"
	"time"
)

var errTxUnknown = errors.New("nobody knows how the last transaction has ended: the next owner's look-up waits for it")

// end asks for the window's end: nobody enters any more, and after d it is
// aborted where handlers still run. It belongs to the loop.
func (x *transactor) end(d time.Duration) {
	if x == nil {
		return
	}
	e := &ending{until: time.Now().Add(d), done: make(chan struct{})}
	x.last = e
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.unknown:
		e.err = errTxUnknown
		close(e.done)
	case x.win == nil:
		close(e.done)
	default:
		x.endings = append(x.endings, e)
		x.nudge()
	}
}

// hasten lets the window of the loop's last ending be aborted now.
func (x *transactor) hasten() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last.until = time.Now()
	x.nudge()
}

// lastCommit waits for the end of the window, and fences gone. What could not
// be committed by then is not any more: fencing dooms its window.
func (x *transactor) lastCommit(gone []*assignment) error {
	defer fence(gone)
	timer := time.NewTimer(time.Until(x.last.until) + commitTimeout)
	defer timer.Stop()
	hurry := x.c.stop.hurry
	for {
		select {
		case <-x.last.done:
			return x.last.err
		case <-hurry:
			hurry = nil
			x.hasten()
			timer.Reset(commitTimeout)
		case <-timer.C:
			return errCommitUnanswered
		}
	}
}

// commitAll is lastCommit for a stop, polling meanwhile.
func (x *transactor) commitAll(d time.Duration) error {
	defer func() { fence(x.c.pickAll()) }()
	ended := func() bool {
		select {
		case <-x.last.done:
			return true
		default:
			return false
		}
	}
	if !x.c.pump(ended, max(time.Until(x.last.until), 0)+d) {
		return errCommitUnanswered
	}
	return x.last.err
}
