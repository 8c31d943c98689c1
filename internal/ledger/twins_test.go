package ledger_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// twins are two books that are told the same. One goes on from record to record
// by Advance, the other by Finish and Next.
type twins struct {
	choose chooser
	books  [2]*ledger.Partition
	runs   [2]ledger.Run
	calls  [2][]string // what they asked of their hooks
	inside bool        // a handler runs
	next   int64
	last   ledger.Ticket
	flight [2][]ledger.Commit
	hide   func(*ledger.Hidden) // nil: Advance as it is
	left   [2]ledger.Run
	isLeft bool
}

type twinHooks struct{ to *[]string }

func (h twinHooks) Ready(*ledger.Partition) { *h.to = append(*h.to, "ready") }
func (h twinHooks) Due(*ledger.Partition)   { *h.to = append(*h.to, "due") }
func (h twinHooks) Freed(*ledger.Partition) { *h.to = append(*h.to, "freed") }
func (h twinHooks) Marked(_ *ledger.Partition, n int) {
	*h.to = append(*h.to, fmt.Sprint("marked ", n))
}

func (h twinHooks) WakeAt(_ *ledger.Partition, t time.Time) {
	*h.to = append(*h.to, "wake at "+t.String())
}

func newTwins(choose chooser, rules ledger.Rules, hide func(*ledger.Hidden)) *twins {
	w := &twins{choose: choose, hide: hide}
	for i := range w.books {
		own := rules
		if own.NotBefore != nil {
			began := time.Now()
			own.NotBefore = func(r *listener.RawRecord) time.Time {
				return began.Add(time.Duration(r.Offset) * 300 * time.Millisecond)
			}
		}
		own.Reuse = func(recs []listener.RawRecord) { w.calls[i] = append(w.calls[i], fmt.Sprint("back ", len(recs))) }
		w.books[i] = ledger.New("orders", 1, 1, ledger.Start{Offset: 0, Committed: true}, own, twinHooks{&w.calls[i]})
	}
	return w
}

// both does the same to both, and says how they differ.
func (w *twins) both(do func(i int, p *ledger.Partition) string) string {
	said := [2]string{do(0, w.books[0]), do(1, w.books[1])}
	for i, p := range w.books {
		slices.Sort(w.calls[i]) // Freed and Marked have no order
		said[i] += fmt.Sprint(" hooks ", w.calls[i], " ", p.Inside())
		w.calls[i] = nil
	}
	if said[0] != said[1] {
		return said[0] + "\n" + said[1]
	}
	return ""
}

// advance is what a worker does at the end of a run that stays.
func (w *twins) advance(f ledger.Finish) string {
	var some bool
	diff := w.both(func(i int, p *ledger.Partition) string {
		run, now := &w.runs[i], time.Now()
		switch {
		case i == 0 && w.hide == nil:
			some = p.Advance(run, &f, now)
		case i == 0 && p.Smooth(run, f, w.hide):
			some = true
		default:
			p.Finish(run, f, now)
			some = p.Next(now, run)
		}
		return fmt.Sprint(some, w.about(i, some))
	})
	w.inside = some
	return diff
}

// about says what run i is.
func (w *twins) about(i int, some bool) string {
	if !some {
		return ""
	}
	r := w.runs[i]
	offsets := make([]int64, 0, len(r.Records))
	for _, rec := range r.Records {
		offsets = append(offsets, rec.Offset, int64(rec.Attempt))
	}
	r.Records = nil
	w.last = ledger.Ticket{From: r.From, To: r.To, Serial: r.Serial, Records: w.runs[i].Records}
	return fmt.Sprintf(" %+v %v", r, offsets)
}

func (w *twins) track() string {
	n := 1 + w.choose("records", 5)
	from := w.next
	w.next += int64(n)
	return w.both(func(_ int, p *ledger.Partition) string {
		recs := make([]listener.RawRecord, n)
		for i := range recs {
			recs[i].Offset, recs[i].Value, recs[i].Key = from+int64(i), []byte{1}, []byte{byte(i % 3)}
		}
		return fmt.Sprint(p.Track(recs))
	})
}

// ends are what a handler's call may come to; most go well.
var ends = []ledger.Finish{
	{Mark: true, Plain: true},
	{Mark: true},
	{},
	{Again: true, Fail: true, After: time.Second},
	{Again: true, Void: true, After: time.Second},
	{First: 1},
	{Parts: []ledger.Part{{To: 1, Done: true}}},
}

func (w *twins) step() string {
	if w.inside {
		switch w.choose("while it runs", 13) {
		default:
			return w.advance(ends[0])
		case 8:
			return w.advance(ends[w.choose("end", len(ends))])
		case 9:
			ticket := w.last
			return w.both(func(i int, p *ledger.Partition) string {
				ticket.Records = w.runs[i].Records
				return fmt.Sprint(p.Ack(&ticket, 1))
			})
		case 10:
			return w.nack()
		case 11:
			return w.beside()
		case 12:
			if !w.isLeft {
				w.isLeft, w.inside = true, false
				return w.both(func(i int, p *ledger.Partition) string {
					p.Leave(&w.runs[i])
					w.left[i], w.runs[i] = w.runs[i], ledger.Run{}
					return ""
				})
			}
		}
	}
	if w.isLeft && w.choose("still left", 3) == 0 {
		w.isLeft = false
		f := ends[w.choose("end", len(ends))]
		return w.both(func(i int, p *ledger.Partition) string { return fmt.Sprint(p.Finish(&w.left[i], f, time.Now())) })
	}
	if w.inside {
		return ""
	}
	switch w.choose("idle", 3) {
	case 0:
		return w.track()
	case 1:
		return w.take()
	default:
		return w.beside()
	}
}

func (w *twins) nack() string {
	ticket := w.last
	return w.both(func(i int, p *ledger.Partition) string {
		ticket.Records = w.runs[i].Records
		return fmt.Sprint(p.Nack(&ticket, 0, time.Second))
	})
}

func (w *twins) take() string {
	return w.both(func(i int, p *ledger.Partition) string {
		if !p.Offered() {
			return "nobody was asked"
		}
		w.inside = p.Take(time.Now(), &w.runs[i])
		return fmt.Sprint(w.inside, w.about(i, w.inside))
	})
}

// beside is what others do, whether a handler runs or not.
func (w *twins) beside() string {
	switch w.choose("beside", 12) {
	case 0:
		return w.both(func(_ int, p *ledger.Partition) string { p.Pause(); return "" })
	case 1, 2:
		return w.both(func(_ int, p *ledger.Partition) string { p.Resume(); p.Release(); return "" })
	case 3:
		return w.both(func(_ int, p *ledger.Partition) string { p.Hold(); return "" })
	case 4:
		return w.both(func(_ int, p *ledger.Partition) string { p.DueNow(); return "" })
	case 5, 6:
		return w.both(func(i int, p *ledger.Partition) string {
			c, ok := p.Snapshot()
			if ok {
				w.flight[i] = append(w.flight[i], c)
			}
			return fmt.Sprint(c, ok)
		})
	case 7:
		return w.both(func(i int, p *ledger.Partition) string {
			for _, c := range w.flight[i] {
				p.Confirmed(c)
			}
			w.flight[i] = nil
			return ""
		})
	case 8:
		pass(time.Second)
		return w.both(func(_ int, p *ledger.Partition) string { p.Wake(); return "" })
	case 9:
		if w.choose("at last", 3) > 0 {
			return ""
		}
		return w.both(func(_ int, p *ledger.Partition) string { p.Drain(); return "" })
	case 10:
		if w.choose("at last", 3) > 0 {
			return ""
		}
		return w.both(func(_ int, p *ledger.Partition) string { return fmt.Sprint(p.Fence()) + fmt.Sprint(p.Owed()) })
	default:
		return w.track()
	}
}

// play says how the twins came to differ, if they did.
func (w *twins) play(steps int) string {
	for range steps {
		if diff := w.step(); diff != "" {
			return diff
		}
	}
	return ""
}
