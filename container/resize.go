package container

import (
	"fmt"
	"slices"

	"github.com/hearken-go/hearken/event"
)

// mostConsumers is the largest concurrency, as of the setting.
const mostConsumers = 1000

// SetConcurrency sets how many consumers the listener has, 1 to 1000, and
// returns at once. A listener that runs opens more, or has the surplus leave the
// group as Stop would: they drain, commit and close, in shutdown-timeout at the
// longest. One that does not run has that many when it starts next. Status
// shows what is requested and what is reached. Explicit partitions are divided
// anew: those that change hands go on where they were.
func (k *Container) SetConcurrency(n int) error {
	if n < 1 || n > mostConsumers {
		return fmt.Errorf("listener %s: concurrency %d: %w", k.spec.ID, n, ErrConcurrency)
	}
	k.mu.Lock()
	from := k.want
	k.want = n
	if k.state == Running {
		k.fill()
	}
	k.mu.Unlock()
	if from != n {
		k.shared.emit.emit(event.ListenerResized{Listener: k.spec.ID, From: from, To: n})
	}
	return nil
}

func (k *Container) requested() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.want
}

// fill brings the members to what is requested. A place whose member is still
// leaving is filled when that has ended: two of one name would fence each
// other. k.mu is held, and the container runs.
func (k *Container) fill() {
	members := slices.Clone(k.members)
	taken := make(map[int]bool, len(members))
	for _, m := range members {
		taken[m.index] = true
		if m.index >= k.want {
			m.stop.ask(divide(k.spec.ShutdownTimeout))
		}
	}
	for i := range k.want {
		if taken[i] {
			continue
		}
		m := newMember(k, i)
		members = append(members, m)
		k.life.alive++
		go m.run(nil)
	}
	slices.SortFunc(members, func(a, b *member) int { return a.index - b.index })
	k.members = members
}
