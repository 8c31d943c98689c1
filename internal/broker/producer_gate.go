package broker

import (
	"sync"
	"sync/atomic"
)

// A produceGate counts the calls that are inside the client, so that it is
// freed only when there are none. It is a gate without a lock: it stands on
// the way of every record.
type produceGate struct {
	state atomic.Int64 // calls inside, and shutBit
	empty sync.Once
	idle  chan struct{} // closed when it is shut and nobody is inside
}

const shutBit = int64(1) << 62

func (g *produceGate) init() { g.idle = make(chan struct{}) }

// enter begins a call; it is false when the gate is shut.
func (g *produceGate) enter() bool {
	if g.state.Add(1)&shutBit == 0 {
		return true
	}
	g.leave()
	return false
}

// leave ends a call.
func (g *produceGate) leave() {
	if g.state.Add(-1) == shutBit {
		g.empty.Do(func() { close(g.idle) })
	}
}

// shut lets nobody in any more, and waits until nobody is inside.
func (g *produceGate) shut() {
	if g.state.Or(shutBit) == 0 {
		g.empty.Do(func() { close(g.idle) })
	}
	<-g.idle
}
