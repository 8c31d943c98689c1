//go:build unix

package agent

import (
	"sync"
	"sync/atomic"
	"time"
)

// A hold is a handler that keeps partition 0 waiting while the others flow.
// Its figures: the records per second of the others until they have all
// been seen, the memory at the beginning and at the end of that, and how long the held partition
// then took to its next record.
type hold struct {
	m       *Meter
	want    int64 // records of the others
	held    bool  // else partition 0 flows like the others, and counts for nothing
	others  atomic.Int64
	began   time.Time
	release chan struct{}
	freed   atomic.Int64 // since m.began, when the held handler returned
	once    sync.Once
}

func newHold(m *Meter, j Job) *hold {
	m.want = -1
	return &hold{m: m, want: int64(j.Int("hold", 0)), held: j.Text("held", "") == "yes", release: make(chan struct{})}
}

func (h *hold) handle(partition int32, _ int64, _ []byte) {
	if partition == 0 {
		h.zero()
		return
	}
	switch n := h.others.Add(1); n {
	case h.want / 10: // the first tenth is the way there
		h.began = time.Now()
		h.m.Figure("rss-held-at-first", resident())
	case h.want:
		h.m.Figure("others", float64(h.want-h.want/10)/time.Since(h.began).Seconds())
		h.m.Figure("rss-held", resident())
		close(h.release)
		if !h.held {
			h.m.finish()
		}
	}
}

func (h *hold) zero() {
	if !h.held {
		return
	}
	if at := h.freed.Load(); at != 0 {
		h.once.Do(func() {
			h.m.Figure("resumed", float64(int64(time.Since(h.m.began))-at))
			h.m.finish()
		})
		return
	}
	<-h.release
	h.freed.Store(int64(time.Since(h.m.began)))
}
