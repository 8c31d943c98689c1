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
