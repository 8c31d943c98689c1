//go:build unix

package agent

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Meter counts what a contestant's handler does, and is its handler: Record is
// all that a record is to it. It may be called from any goroutine.
type Meter struct {
	work  func(partition int32, offset int64, value []byte) // nil: nothing
	want  int64
	seen  atomic.Int64
	began time.Time
	first atomic.Int64 // since began
	last  atomic.Int64
	full  sync.Once
	done  chan struct{}
	told  atomic.Int64

	mu      sync.Mutex
	delays  []int64 // µs
	figures map[string]float64
	marks   *marks
	pauses  *pauses
}

// NewMeter makes the meter of a job. The parameter work says what a record costs:
//
//	(none)  nothing
//	sleep   2 ms, or what the parameter sleep says; one whose value is marked slow, 1 s or the parameter slow.
//	        By the kernel's clock, or with timers=go by the runtime's, as slow ones in any case. How long those
//	        that are not slow took on average is the figure handler
//	delay   nothing; the time from its send to its handler counts, from record number skip on
//	marks   as sleep, and its offset is noted in the file marks when it is done (one partition);
//	        done is when every offset has been noted, or the job's patience is over: the rest is the figure lost
//	hold    nothing, but partition 0 waits until the handlers of the others have seen hold records
//
// With sleep, records with a time of sending count as with delay, unless their
// key has slow ones.
func NewMeter(j Job) (*Meter, error) {
	m := &Meter{want: int64(j.Records), began: time.Now(), done: make(chan struct{}), figures: make(map[string]float64)}
	switch work := j.Text("work", ""); work {
	case "":
	case "sleep":
		m.work = m.sleeper(j)
	case "delay":
		skip := uint32(j.Int("skip", 0))
		m.work = func(_ int32, _ int64, value []byte) { m.delay(Stamp(value), skip) }
	case "marks":
		marks, err := openMarks(j.Text("marks", ""), j.Records)
		if err != nil {
			return nil, err
		}
		m.marks = marks
		sleep := m.sleeper(j)
		m.work = func(p int32, offset int64, value []byte) {
			sleep(p, offset, value)
			if marks.add(offset) == int64(j.Records) {
				m.finish()
			}
		}
		m.want = -1
		if marks.distinct.Load() == int64(j.Records) {
			m.finish()
		}
	case "hold":
		m.work = newHold(m, j).handle
	default:
		return nil, fmt.Errorf("no work %q", work)
	}
	return m, nil
}

func (m *Meter) sleeper(j Job) func(int32, int64, []byte) {
	m.pauses = newPauses(j)
	skip := uint32(j.Int("skip", 0))
	return func(_ int32, _ int64, value []byte) {
		s := Stamp(value)
		if s.Sent != 0 && !s.SlowKey {
			m.delay(s, skip)
		}
		m.pauses.handle(s.Slow)
	}
}

func (m *Meter) delay(s Stamped, skip uint32) {
	if s.Number < skip {
		return
	}
	d := time.Now().UnixNano() - s.Sent
	m.mu.Lock()
	m.delays = append(m.delays, d/1000)
	m.mu.Unlock()
}

// Record handles a record.
func (m *Meter) Record(partition int32, offset int64, value []byte) {
	if m.work != nil {
		m.work(partition, offset, value)
	}
	switch n := m.seen.Add(1); n {
	case 1:
		m.first.Store(int64(time.Since(m.began)))
		if n == m.want {
			m.finish()
		}
	case m.want:
		m.finish()
	}
}

// Told counts n partitions that a rebalance callback has named. When that are as many as
// records are asked for, it is the figure assigned; what follows, and memory, is up to Record.
func (m *Meter) Told(n int) {
	if m.told.Add(int64(n)) == m.want {
		m.Figure("assigned", float64(time.Since(m.began)))
	}
}

// Begin restarts the clock of total: what was before, a producer's connection or a listener's making, does not count.
func (m *Meter) Begin() { m.began = time.Now() }

// Sent counts n records at once, for those who send: took is from Begin to Sent.
func (m *Meter) Sent(n int) {
	m.seen.Add(int64(n))
	m.finish()
}

// Figure adds a figure to the answer.
func (m *Meter) Figure(name string, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.figures[name] = value
}

func (m *Meter) finish() {
	m.full.Do(func() {
		m.last.Store(int64(time.Since(m.began)))
		m.Figure("rss", resident())
		m.Figure("threads", threads())
		close(m.done)
	})
}

// Done is closed when all records have been handled.
func (m *Meter) Done() <-chan struct{} { return m.done }

// Full reports the same, for loops.
func (m *Meter) Full() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// Seen returns how many records have been handled.
func (m *Meter) Seen() int64 { return m.seen.Load() }

// giveUp ends the wait for offsets that do not come: they are the figure lost.
func (m *Meter) giveUp() bool {
	if m.marks != nil {
		m.finish()
	}
	return m.marks != nil
}

// result returns all figures. The contestant has ended.
func (m *Meter) result() map[string]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.figures
	r["handled"] = float64(m.seen.Load())
	r["total"] = float64(m.last.Load())
	r["took"] = float64(m.last.Load() - m.first.Load())
	if len(m.delays) > 0 {
		slices.Sort(m.delays)
		r["p50"] = float64(m.delays[len(m.delays)/2]) * 1000
		r["p99"] = float64(m.delays[len(m.delays)*99/100]) * 1000
	}
	if m.pauses != nil && m.pauses.many.Load() > 0 {
		r["handler"] = float64(m.pauses.took.Load() / m.pauses.many.Load())
	}
	if m.marks != nil {
		r["redone"], r["lost"] = float64(m.marks.redone()), float64(len(m.marks.bytes))-float64(m.marks.distinct.Load())
		m.marks.close()
	}
	return r
}
