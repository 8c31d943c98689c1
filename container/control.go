package container

import (
	"fmt"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

// A State is where a listener is in its life.
type State uint8

// The states of a listener.
const (
	Stopped State = iota + 1
	Running
	Stopping
	Failed   // it ended by itself; Err says why
	Starting // its clients are being made, or its start waits for broker and topics
)

// String names the state.
func (s State) String() string {
	switch s {
	case Stopped:
		return "stopped"
	case Running:
		return "running"
	case Stopping:
		return "stopping"
	case Failed:
		return "failed"
	case Starting:
		return "starting"
	default:
		return fmt.Sprintf("State(%d)", uint8(s))
	}
}

// A Status is what a listener is asked to be, what it is, and what it has.
type Status struct {
	ID, Group      string
	State          State
	PauseRequested bool
	Paused         bool // the pause is reached: no handler runs any more
	// PauseReason is why the listener has paused itself, "" where it has not.
	PauseReason string
	// Concurrency is what is requested; it is reached when there are as many
	// Consumers. Those that leave are among them until they have left.
	Concurrency int
	Consumers   []ConsumerStatus
	Err         error
}

// A ConsumerStatus is one group member with its partitions.
type ConsumerStatus struct {
	Index      int
	Member     string
	Partitions []PartitionStatus
}

// A PartitionStatus is one assigned partition.
type PartitionStatus struct {
	Topic     string
	Partition int32
	ledger.Stats
}

// Status returns a snapshot.
func (k *Container) Status() Status {
	k.mu.Lock()
	members := k.members
	st := Status{ID: k.spec.ID, Group: k.spec.Group, State: k.state, Concurrency: k.want, Err: k.err}
	k.mu.Unlock()
	st.PauseRequested, st.PauseReason = k.shared.pauses.wantsAll(), k.shared.pauses.itself()
	st.Paused = st.PauseRequested && st.State == Running
	for _, m := range members {
		cs := ConsumerStatus{Index: m.index}
		if c := m.now.Load(); c != nil && st.State != Stopped && st.State != Failed {
			cs.Member = c.memberID()
			for _, a := range *c.live.Load() {
				s := a.Stats()
				st.Paused = st.Paused && s.Running == 0
				cs.Partitions = append(cs.Partitions, PartitionStatus{a.tp.Topic, a.tp.ID, s})
			}
		}
		st.Consumers = append(st.Consumers, cs)
	}
	return st
}

// Pause holds the whole listener: records that have not started do not start,
// at once; handlers that run go on; the group membership stays. It survives
// rebalances and is cleared by Stop.
func (k *Container) Pause() {
	k.shared.pauses.set(func(p *pauses) { p.all, p.reached = true, false })
	k.align()
	k.shared.emit.emit(event.ListenerPaused{Listener: k.spec.ID})
	k.noteHealth()
	if k.retry != nil {
		k.retry.Pause()
	}
}

// Resume undoes Pause, and ends a pause that the listener has asked for itself
// (listener.PauseFor). Partitions that were paused by themselves stay paused.
func (k *Container) Resume() {
	k.shared.pauses.set(func(p *pauses) { p.own.end(); p.all, p.reached = false, false })
	k.align()
	k.shared.emit.emit(event.ListenerResumed{Listener: k.spec.ID})
	k.noteHealth()
	if k.retry != nil {
		k.retry.Resume()
	}
}

// PausePartition holds one partition, whether it is assigned now or later.
func (k *Container) PausePartition(topic string, partition int32) {
	tp := broker.Partition{Topic: topic, ID: partition}
	k.shared.pauses.set(func(p *pauses) { p.parts[tp] = true })
	k.align()
	k.noteHealth()
}

// ResumePartition undoes PausePartition.
func (k *Container) ResumePartition(topic string, partition int32) {
	tp := broker.Partition{Topic: topic, ID: partition}
	k.shared.pauses.set(func(p *pauses) { delete(p.parts, tp) })
	k.align()
	k.noteHealth()
}

// align lets each assigned partition run or wait, as it is wanted by now.
func (k *Container) align() { k.each(func(a *assignment) { k.shared.pauses.align(a) }) }

// each calls f for every assigned partition. A partition that is assigned
// meanwhile asks shared.pauses itself.
func (k *Container) each(f func(*assignment)) {
	k.mu.Lock()
	members := k.members
	k.mu.Unlock()
	for _, m := range members {
		if c := m.now.Load(); c != nil {
			for _, a := range *c.live.Load() {
				f(a)
			}
		}
	}
}

// reportPause says once that a pause is reached.
func (k *Container) reportPause() {
	if k.shared.pauses.unreached() && k.Status().Paused && k.shared.pauses.reach() {
		k.shared.emit.emit(event.ListenerPaused{Listener: k.spec.ID, Reached: true})
	}
}
