package ledger_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A crowd is what the engine is to a book: a loop, workers, a committer and
// handlers that acknowledge from anywhere, all at once.
type crowd struct {
	t     *testing.T
	p     *ledger.Partition
	total int64

	ready chan struct{}
	due   chan struct{}
	freed chan struct{}
	over  chan struct{} // everything is committed, or the fence stands
	group sync.WaitGroup

	running  atomic.Int32
	marking  []atomic.Bool // by offset: somebody began to settle it
	fenced   atomic.Bool   // Fence has returned
	starts   atomic.Int64
	fenceAt  int64 // fence after that many starts; 0 never
	acks     atomic.Int64
	answers  atomic.Int64
	sent     atomic.Int64
	finished sync.Once
}

func newCrowd(t *testing.T, rules ledger.Rules, total, fenceAt int64) *crowd {
	t.Helper()
	c := &crowd{
		t: t, total: total, fenceAt: fenceAt, marking: make([]atomic.Bool, total),
		ready: make(chan struct{}, 1), due: make(chan struct{}, 1), freed: make(chan struct{}, 1), over: make(chan struct{}),
	}
	rules.Window, rules.Bytes, rules.Slots = 64, 1<<20, 256
	c.p = ledger.New("orders", 3, 7, ledger.Start{Offset: 0}, rules, c)
	c.p.Open()
	return c
}

// Ready would block a second time, under the lock: that is the test.
func (c *crowd) Ready(*ledger.Partition) {
	select {
	case c.ready <- struct{}{}:
	default:
		c.t.Error("it was handed out twice")
	}
}

func (c *crowd) Due(*ledger.Partition) {
	select {
	case c.due <- struct{}{}:
	default:
		c.t.Error("it was due twice")
	}
}

func (c *crowd) Freed(*ledger.Partition) {
	select {
	case c.freed <- struct{}{}:
	default:
	}
}

func (c *crowd) Marked(*ledger.Partition, int) {}

func (c *crowd) WakeAt(p *ledger.Partition, at time.Time) {
	time.AfterFunc(time.Until(at), p.Wake)
}

func (c *crowd) start(f func()) { c.group.Go(f) }

func (c *crowd) finish() { c.finished.Do(func() { close(c.over) }) }

func (c *crowd) loop() {
	for next := int64(0); next < c.total; {
		for c.p.Full() {
			select {
			case <-c.freed:
			case <-c.over:
				return
			}
		}
		n := min(1+rand.Int64N(40), c.total-next)
		recs := make([]listener.RawRecord, n)
		for i := range recs {
			recs[i].Offset = next
			next++
		}
		if _, err := c.p.Track(recs); err != nil {
			c.t.Error(err)
		}
		c.p.DueLate()
	}
}

func (c *crowd) worker() {
	var run ledger.Run
	for {
		select {
		case <-c.ready:
		case <-c.over:
			return
		}
		for c.takes(&run) {
			c.handle(&run)
			if run.Closes {
				c.p.Yield()
				break
			}
		}
	}
}

// takes is Take, by somebody who knows whether it was after the fence.
func (c *crowd) takes(run *ledger.Run) bool {
	fenced := c.fenced.Load()
	got := c.p.Take(time.Now(), run)
	if got && fenced {
		c.t.Error("a start after the fence")
	}
	return got
}

func (c *crowd) handle(run *ledger.Run) {
	if c.running.Add(1) != 1 {
		c.t.Error("two handlers run")
	}
	if c.starts.Add(1) == c.fenceAt {
		c.start(c.fence)
	}
	k := &ledger.Ticket{From: run.From, To: run.To, Serial: run.Serial}
	for _, r := range run.Records {
		k.Records, k.Offset = append(k.Records, r), r.Offset
	}
	var f ledger.Finish
	switch rand.IntN(4) {
	case 0:
		c.settling(k)
		f = ledger.Finish{Mark: true}
	case 1:
		f = ledger.Finish{Again: true, Fail: true}
	case 2:
		c.acknowledge(k) // inside the handler
	default:
		c.start(func() { c.acknowledge(k) })
		c.start(func() { c.acknowledge(k) })
	}
	c.running.Add(-1)
	c.p.Finish(run, f, time.Now())
}

func (c *crowd) settling(k *ledger.Ticket) {
	for _, r := range k.Records {
		c.marking[r.Offset].Store(true)
	}
}

// acknowledge acks or nacks; what it nacked comes again, so that all is settled in the end.
func (c *crowd) acknowledge(k *ledger.Ticket) {
	fenced := c.fenced.Load()
	var err error
	if rand.IntN(4) == 0 {
		err = c.p.Nack(k, 0, time.Duration(rand.IntN(200))*time.Microsecond)
	} else {
		c.settling(k)
		err = c.p.Ack(k, len(k.Records))
	}
	if fenced && !errors.Is(err, listener.ErrRevoked) {
		c.t.Errorf("after the fence: %v", err)
	}
	if err != nil || rand.IntN(2) == 0 {
		return
	}
	c.acks.Add(1)
	answer := c.p.AwaitCommit(k)
	c.start(func() {
		<-answer
		c.answers.Add(1)
	})
}

func (c *crowd) play() {
	c.start(c.loop)
	c.start(c.worker)
	c.start(c.worker)
	c.start(c.committer)
	c.start(c.meddle)
	c.group.Wait()
	require.Equal(c.t, c.acks.Load(), c.answers.Load(), "everybody who waits for a commit is answered once")
}
