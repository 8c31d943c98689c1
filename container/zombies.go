package container

import (
	"slices"
	"sync"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// zombies are the assignments of a container whose handlers may still run. A
// partition that comes back waits for them: one handler per partition holds
// across assignments, too. Members are in it from the start: one may get what
// another has lost and not yet heard of.
type zombies struct {
	mu    sync.Mutex
	parts map[broker.Partition][]*assignment
}

func newZombies() *zombies { return &zombies{parts: make(map[broker.Partition][]*assignment)} }

// enter registers a, and keeps it from starting until the handlers of the
// older ones have returned; of those nothing starts any more.
func (z *zombies) enter(a *assignment) {
	z.mu.Lock()
	defer z.mu.Unlock()
	old := slices.DeleteFunc(z.parts[a.tp], returned)
	z.parts[a.tp] = append(old, a)
	if len(old) > 0 {
		a.Hold()
		go release(a, slices.Clone(old))
	}
}

// leave forgets a, which has ended, unless one of its handlers still runs.
func (z *zombies) leave(a *assignment) {
	if !returned(a) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.parts[a.tp] = slices.DeleteFunc(z.parts[a.tp], func(o *assignment) bool { return o == a })
	if len(z.parts[a.tp]) == 0 {
		delete(z.parts, a.tp)
	}
}

func release(a *assignment, old []*assignment) {
	for _, o := range old {
		<-o.Drain()
		o.cancel(listener.ErrRevoked) // if a seek has ended it
	}
	a.Release()
}

// withOlder returns parts, and those of their consumer's older assignments that
// a seek has ended and whose handlers run in peace: they go with the partition.
func (z *zombies) withOlder(parts []*assignment) []*assignment {
	z.mu.Lock()
	defer z.mu.Unlock()
	out := slices.Clone(parts)
	for _, a := range parts {
		for _, o := range z.parts[a.tp] {
			if o.c == a.c && o.ctx.Err() == nil && !slices.Contains(out, o) && !returned(o) {
				out = append(out, o)
			}
		}
	}
	return out
}

// returned reports whether no handler of a runs any more. From then on none starts.
func returned(a *assignment) bool {
	select {
	case <-a.Drain():
		return true
	default:
		return false
	}
}
