package container

import (
	"time"

	"github.com/hearken-go/hearken/event"
)

// Events gives events to an observer as a Registry does: one after another, from
// a goroutine of its own, and never makes the one who emits wait: what an
// observer is too slow for is counted and reported (event.Dropped).
type Events struct{ e *emitter }

// NewEvents makes Events; its goroutine starts with the first event.
func NewEvents(o event.Observer) *Events { return &Events{newEmitter(o)} }

// Emit reports a fact. After Close it does nothing.
func (e *Events) Emit(ev event.Event) { e.e.emit(ev) }

// Close ends the delivery after the last event; an observer that does not come
// back has a second.
func (e *Events) Close() { e.e.end() }

// end is close, and waits for the observer.
func (e *emitter) end() {
	e.close()
	timer := time.NewTimer(lastEvents)
	defer timer.Stop()
	select {
	case <-e.done:
	case <-timer.C:
	}
}
