package ledger_test

import (
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

type chunk = []listener.RawRecord

// A bug is a Partition some of whose methods do something else.
type bug struct {
	*ledger.Partition
	h *hooks

	take      func(time.Time, *ledger.Run) bool
	track     func(chunk) (int, error)
	yield     func()
	wake      func()
	finish    func(*ledger.Run, ledger.Finish, time.Time) ledger.Status
	status    func(*ledger.Run) ledger.Status
	ack       func(*ledger.Ticket, int) error
	pause     func()
	resume    func()
	dueNow    func()
	snapshot  func() (ledger.Commit, bool)
	confirmed func(ledger.Commit)
	refused   func(ledger.Commit, error)
	requeue   func()
	committed func() (ledger.Commit, bool)
	drain     func() <-chan struct{}
	fence     func() (ledger.Commit, bool)
	owed      func() bool
	end       func()
	leave     func(*ledger.Run)
}

// wraps plants what change does to a sound book.
func wraps(change func(*bug)) plan {
	return plan{wrap: func(p *ledger.Partition, h *hooks) book {
		b := &bug{
			Partition: p, h: h,
			take:      p.Take,
			track:     p.Track,
			yield:     p.Yield,
			wake:      p.Wake,
			finish:    p.Finish,
			status:    p.Status,
			ack:       p.Ack,
			pause:     p.Pause,
			resume:    p.Resume,
			dueNow:    p.DueNow,
			snapshot:  p.Snapshot,
			confirmed: p.Confirmed,
			refused:   p.CommitFailed,
			requeue:   p.Requeue,
			committed: p.Committed,
			drain:     p.Drain,
			fence:     p.Fence,
			owed:      p.Owed,
			end:       p.End,
			leave:     p.Leave,
		}
		change(b)
		return b
	}}
}

// rules plants a misunderstanding.
func rules(change func(*ledger.Rules)) plan { return plan{rules: change} }

func (b *bug) Take(now time.Time, run *ledger.Run) bool { return b.take(now, run) }
func (b *bug) Track(recs chunk) (int, error)            { return b.track(recs) }
func (b *bug) Yield()                                   { b.yield() }
func (b *bug) Leave(run *ledger.Run)                    { b.leave(run) }
func (b *bug) Wake()                                    { b.wake() }
func (b *bug) Finish(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
	return b.finish(run, f, now)
}
func (b *bug) Status(run *ledger.Run) ledger.Status    { return b.status(run) }
func (b *bug) Ack(k *ledger.Ticket, n int) error       { return b.ack(k, n) }
func (b *bug) Pause()                                  { b.pause() }
func (b *bug) Resume()                                 { b.resume() }
func (b *bug) DueNow()                                 { b.dueNow() }
func (b *bug) Snapshot() (ledger.Commit, bool)         { return b.snapshot() }
func (b *bug) Confirmed(c ledger.Commit)               { b.confirmed(c) }
func (b *bug) CommitFailed(c ledger.Commit, err error) { b.refused(c, err) }
func (b *bug) Requeue()                                { b.requeue() }
func (b *bug) Committed() (ledger.Commit, bool)        { return b.committed() }
func (b *bug) Drain() <-chan struct{}                  { return b.drain() }
func (b *bug) Fence() (ledger.Commit, bool)            { return b.fence() }
func (b *bug) Owed() bool                              { return b.owed() }
func (b *bug) End()                                    { b.end() }

var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// delivered commits what was delivered, settled or not.
func (b *bug) delivered(n int64) func() (ledger.Commit, bool) {
	return func() (ledger.Commit, bool) {
		_, ok := b.Partition.Snapshot()
		return ledger.Commit{Offset: b.Stats().Delivered + n}, ok
	}
}

// overtaken commits each third time what it had read the time before last.
func (b *bug) overtaken() func() (ledger.Commit, bool) {
	var read []ledger.Commit
	return func() (ledger.Commit, bool) {
		c, ok := b.Partition.Snapshot()
		if !ok {
			return c, false
		}
		read = append(read, c)
		if n := len(read); n%3 == 0 {
			return read[n-3], true
		}
		return c, true
	}
}

func (b *bug) unfenced() (ledger.Commit, bool) {
	s := b.Stats()
	return ledger.Commit{Offset: s.Watermark}, s.Watermark > s.Committed
}

func (b *bug) trackTwice(recs chunk) (int, error) {
	n, err := b.Partition.Track(recs)
	b.ReadyTwice()
	return n, err
}

func (b *bug) finishAll(run *ledger.Run, _ ledger.Finish, now time.Time) ledger.Status {
	return b.Partition.Finish(run, ledger.Finish{Mark: true}, now)
}

// finishTried counts attempts of records that nobody has tried.
func (b *bug) finishTried(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
	for i := range f.Parts {
		f.Parts[i].Untried = 0
	}
	return b.Partition.Finish(run, f, now)
}

// leaveForGood is Leave of a run that Finish does not know again.
func (b *bug) leaveForGood(run *ledger.Run) {
	other := *run
	b.Partition.Leave(&other)
}

func (b *bug) takeFirst(now time.Time, run *ledger.Run) bool {
	ok := b.Partition.Take(now, run)
	run.Attempt = 1
	return ok
}

// givesUp takes all but the first two snapshots for sent.
func (b *bug) givesUp() func() (ledger.Commit, bool) {
	n := 0
	return func() (ledger.Commit, bool) {
		offset, ok := b.Partition.Snapshot()
		if n++; n > 2 && ok {
			b.Partition.Confirmed(offset)
			return offset, false
		}
		return offset, ok
	}
}

func (b *bug) takeAnyChunk(now time.Time, run *ledger.Run) bool {
	b.ForgetChunks()
	return b.Partition.Take(now, run)
}

// trackWithoutLast loses the last record of a chunk.
func (b *bug) trackWithoutLast(recs chunk) (int, error) {
	return b.Partition.Track(recs[:max(1, len(recs)-1)])
}

// finishBoth says of what is delivered again that it is settled, too.
func (b *bug) finishBoth(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
	if f.Again {
		b.h.Marked(nil, 1)
	}
	return b.Partition.Finish(run, f, now)
}

// counted commits the start and the number of settled records, as if no offset were missing.
func (b *bug) counted() func() (ledger.Commit, bool) {
	return func() (ledger.Commit, bool) {
		c, ok := b.Partition.Snapshot()
		c.Offset = min(c.Offset, b.Counted())
		return c, ok
	}
}
