//go:build unix

package agent

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// pauses are a handler that waits, and how long it really waited on average.
type pauses struct {
	long, slow time.Duration
	desk       *desk // nil: the runtime's timers
	took, many atomic.Int64
}

func newPauses(j Job) *pauses {
	p := &pauses{long: j.Duration("sleep", 2*time.Millisecond), slow: j.Duration("slow", time.Second)}
	if j.Text("timers", "") != "go" {
		p.desk = &desk{long: p.long}
	}
	return p
}

func (p *pauses) handle(slow bool) {
	if slow && p.slow != p.long {
		time.Sleep(p.slow)
		return
	}
	began := time.Now()
	if p.desk != nil {
		p.desk.wait()
	} else {
		time.Sleep(p.long)
	}
	p.took.Add(int64(time.Since(began)))
	p.many.Add(1)
}

// A desk has handlers wait for the same time each, as for an answer from outside: so long, and
// no longer. time.Sleep can't do that in a process that has little else to do: the runtime waits for
// its timers in whole milliseconds then, and 2 ms become 2.7. The peers' threads wait by the kernel's
// clock, and so does the desk, for all of its handlers.
type desk struct {
	long time.Duration

	mu     sync.Mutex
	calls  []call // those from head on wait, the earliest first
	head   int
	served bool // a goroutine answers
}

type call struct {
	until time.Time
	over  chan struct{}
}

var answers = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

func (d *desk) wait() {
	over := answers.Get().(chan struct{})
	if d.enter(over) {
		go d.serve()
	}
	<-over
	answers.Put(over)
}

// enter reports whether nobody serves.
func (d *desk) enter(over chan struct{}) (first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call{time.Now().Add(d.long), over})
	first, d.served = !d.served, true
	return first
}

// serve answers until nobody waits.
func (d *desk) serve() {
	for {
		until, some := d.answer(time.Now())
		if !some {
			return
		}
		runtime.Gosched() // those who were answered go first
		doze(time.Until(until))
	}
}

// answer lets those go whose time has come, and says when the next one's comes.
func (d *desk) answer(now time.Time) (until time.Time, some bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ; d.head < len(d.calls); d.head++ {
		c := d.calls[d.head]
		if c.until.After(now) {
			break
		}
		c.over <- struct{}{} // has room
	}
	if d.head > len(d.calls)/2 {
		d.calls, d.head = d.calls[:copy(d.calls, d.calls[d.head:])], 0
	}
	if d.served = len(d.calls) > d.head; !d.served {
		return time.Time{}, false
	}
	return d.calls[d.head].until, true
}
