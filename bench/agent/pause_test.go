//go:build unix

package agent

import (
	"sync"
	"testing"
	"time"
)

// TestHandlersWaitTheirTime: nobody is answered early, or never, and who comes after a silence is answered, too.
func TestHandlersWaitTheirTime(t *testing.T) {
	const handlers, each, long = 50, 20, time.Millisecond
	d := &desk{long: long}
	for range 2 {
		var all sync.WaitGroup
		for range handlers {
			all.Go(func() {
				for range each {
					began := time.Now()
					if d.wait(); time.Since(began) < long {
						t.Error("answered after", time.Since(began))
					}
				}
			})
		}
		all.Wait()
	}
}

// TestADeskAnswersInTurn, whom it is time for, and says who is next.
func TestADeskAnswersInTurn(t *testing.T) {
	d := &desk{long: time.Hour}
	var calls []chan struct{}
	for i := range 9 {
		calls = append(calls, make(chan struct{}, 1))
		if first := d.enter(calls[i]); first != (i == 0) {
			t.Errorf("call %d: first is %v", i, first)
		}
	}
	began := d.calls[0].until
	for i := range d.calls {
		d.calls[i].until = began.Add(time.Duration(i))
	}
	for i := range calls {
		next, some := d.answer(began.Add(time.Duration(i)))
		if some != (i < 8) || some && next != began.Add(time.Duration(i+1)) {
			t.Errorf("after call %d: %v, %v", i, next.Sub(began), some)
		}
		for k, c := range calls {
			if len(c) != min(1, max(0, i+1-k)) {
				t.Errorf("after call %d, call %d: %d answers", i, k, len(c))
			}
		}
	}
	if !d.enter(calls[0]) {
		t.Error("nobody serves, and the next call does not know it")
	}
}

// TestTimersAreChosen: the desk, unless the job asks for the runtime's.
func TestTimersAreChosen(t *testing.T) {
	for timers, desk := range map[string]bool{"": true, "go": false} {
		if p := newPauses(Job{Params: map[string]string{"timers": timers}}); (p.desk != nil) != desk {
			t.Errorf("timers %q: the desk is %v", timers, p.desk)
		}
	}
}

// TestTheHandlersTimeIsAFigure, by either clock; slow records do not count.
func TestTheHandlersTimeIsAFigure(t *testing.T) {
	slow := make([]byte, StampSize)
	Stamped{Slow: true}.Put(slow)
	for _, timers := range []string{"", "go"} {
		m, err := NewMeter(Job{Records: 2, Params: map[string]string{"work": "sleep", "sleep": "30ms", "slow": "1us", "timers": timers}})
		if err != nil {
			t.Fatal(err)
		}
		m.Record(0, 0, make([]byte, StampSize))
		m.Record(0, 1, slow)
		if took := time.Duration(m.result()["handler"]); took < 30*time.Millisecond {
			t.Errorf("timers %q: %v", timers, took)
		}
	}
}
