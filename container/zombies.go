package container

import (
	"slices"
	"sync"

	"github.com/hearken-go/hearken/internal/broker"
)

// zombies are the ended assignments of a container whose handlers still run.
// A partition that comes back waits for them: one handler per partition holds
// across assignments, too.
type zombies struct {
	mu    sync.Mutex
	parts map[broker.Partition][]*assignment
}

func newZombies() *zombies { return &zombies{parts: make(map[broker.Partition][]*assignment)} }

// add registers an ended assignment, if one of its handlers still runs.
func (z *zombies) add(a *assignment) {
	if returned(a) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.parts[a.tp] = append(z.parts[a.tp], a)
}

// hold keeps a from starting until the older handlers have returned. They stay
// registered until then: a itself may be over before, and come back again.
func (z *zombies) hold(a *assignment) {
	z.mu.Lock()
	defer z.mu.Unlock()
	old := slices.DeleteFunc(z.parts[a.tp], returned)
	if len(old) == 0 {
		delete(z.parts, a.tp)
		return
	}
	z.parts[a.tp] = old
	a.Hold()
	go release(a, slices.Clone(old))
}

func release(a *assignment, old []*assignment) {
	for _, o := range old {
		<-o.Drain()
	}
	a.Release()
}

// returned reports whether no handler of a runs any more.
func returned(a *assignment) bool {
	select {
	case <-a.Drain():
		return true
	default:
		return false
	}
}
