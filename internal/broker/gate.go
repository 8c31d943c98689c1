package broker

import "sync"

// A gate counts the calls that are inside the client, so that it is freed only
// when there are none. Unlike an RWMutex it never makes Close wait for a call
// that waits for a broker.
type gate struct {
	mu    sync.Mutex
	calls int
	shut  bool
	idle  chan struct{} // set by wait, closed by the last leave
}

// enter begins a call; it is false when the gate is shut.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.calls++
	return true
}

// leave ends a call that enter let in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls--
	if g.calls == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// close shuts the gate if nobody is inside, and reports whether it is shut by
// this call: ErrBusy or ErrClosed otherwise.
func (g *gate) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.shut:
		return ErrClosed
	case g.calls > 0:
		return ErrBusy
	}
	g.shut = true
	return nil
}

// during opens a shut gate while f runs, then shuts it and waits until nobody
// is inside: the callback that Close triggers may commit.
func (g *gate) during(f func()) {
	g.set(false)
	defer func() {
		if idle := g.set(true); idle != nil {
			<-idle
		}
	}()
	f()
}

// set shuts or opens the gate. When it shuts one with calls inside, it returns
// a channel that is closed when they are out.
func (g *gate) set(shut bool) (idle chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	if shut && g.calls > 0 {
		g.idle = make(chan struct{})
	}
	return g.idle
}
