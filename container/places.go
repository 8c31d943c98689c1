package container

import (
	"sync"

	"github.com/hearken-go/hearken/internal/broker"
)

// places are the explicit partitions of a container, for as long as one start
// of it lasts: which consumer has one, and where the next one goes on. Nobody
// else reads them on behalf of the group, so what this process has settled is
// a better place than what the group has committed.
type places struct {
	mu     sync.Mutex
	owners map[broker.Partition]*consumer
	left   map[broker.Partition]place
	first  map[string]int // partitions of a topic when it was first looked up
	gone   map[string]bool
}

// A place is where an assignment has ended.
type place struct {
	offset    int64  // all below is settled; negative for the beginning of the log
	metadata  string // what is done above it
	claim     bool   // the group has to commit it, and may not have
	committed bool   // the group has; neither is true where nothing was settled
}

func newPlaces() *places {
	p := &places{}
	p.clear()
	return p
}

// clear forgets everything: each start begins at its positions.
func (p *places) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owners = make(map[broker.Partition]*consumer)
	p.left = make(map[broker.Partition]place)
	p.first = make(map[string]int)
	p.gone = make(map[string]bool)
}

// take gives tp to c, unless another consumer has not let it go yet.
func (p *places) take(tp broker.Partition, c *consumer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.owners[tp]; o != nil && o != c {
		return false
	}
	p.owners[tp] = c
	return true
}

// leave keeps where a has ended.
func (p *places) leave(a *assignment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owners[a.tp] == a.c {
		delete(p.owners, a.tp)
		if !p.gone[a.tp.Topic] {
			p.left[a.tp] = a.last()
		}
	}
}

// free takes from c all but what it keeps: what it never began with.
func (p *places) free(c *consumer, keeps func(broker.Partition) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tp, o := range p.owners {
		if o == c && !keeps(tp) {
			delete(p.owners, tp)
		}
	}
}

// of returns where tp goes on, nil where it has not begun in this start; late
// says that it was not there yet when its topic was first seen.
func (p *places) of(tp broker.Partition) (known *place, late bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.left[tp]; ok {
		return &at, false
	}
	n, ok := p.first[tp.Topic]
	return nil, ok && int(tp.ID) >= n
}

// saw notes how many partitions a topic has. The first time counts.
func (p *places) saw(topic string, partitions int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.gone, topic)
	if _, ok := p.first[topic]; !ok {
		p.first[topic] = partitions
	}
}

// deleted forgets a topic that is gone: one of that name will be another one.
func (p *places) deleted(topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tp := range p.left {
		if tp.Topic == topic {
			delete(p.left, tp)
		}
	}
	p.first[topic], p.gone[topic] = 0, true
}
