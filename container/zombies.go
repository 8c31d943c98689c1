package container

import (
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
	select {
	case <-a.Drain():
		return
	default:
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.parts[a.tp] = append(z.parts[a.tp], a)
}

// hold keeps a from starting until the older handlers have returned.
func (z *zombies) hold(a *assignment) {
	z.mu.Lock()
	old := z.parts[a.tp]
	delete(z.parts, a.tp)
	z.mu.Unlock()
	if len(old) == 0 {
		return
	}
	a.Hold()
	go func() {
		for _, o := range old {
			<-o.Drain()
		}
		a.Release()
	}()
}
