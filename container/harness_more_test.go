package container_test

import (
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
)

// A client is a fake member that watches how often it is polled.
type client struct {
	*brokertest.Member
	index int // of the consumer
	last  time.Time
	gap   time.Duration // the longest between two polls
	owner broker.Owner
	idle  atomic.Bool // the next poll brings an empty assignment, as the real client has them
}

// Subscribe implements broker.Consumer.
func (c *client) Subscribe(topics []string, owner broker.Owner) error {
	c.owner = owner
	return c.Member.Subscribe(topics, owner)
}

// Next implements broker.Consumer.
func (c *client) Next(limits broker.Limits, turn *broker.Turn) {
	if !c.last.IsZero() {
		c.gap = max(c.gap, time.Since(c.last))
	}
	if c.idle.Swap(false) {
		c.owner.Assigned(nil)
	}
	c.Member.Next(limits, turn)
	c.last = time.Now()
}

// newClient opens a member, as the container's Open does.
func (e *engine) newClient(i int) (broker.Consumer, error) { return e.newClientOf(e.spec.Group, i) }

func (e *engine) newClientOf(group string, i int) (broker.Consumer, error) {
	conf := map[string]string{"group.id": group, "client.id": "c" + strconv.Itoa(i), "auto.offset.reset": "earliest"}
	maps.Copy(conf, e.conf)
	m, err := e.cluster.Open(broker.Params{Config: conf, Reader: e.reader})
	if err != nil {
		return nil, err
	}
	c := &client{Member: m.(*brokertest.Member), index: i}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clients = append(e.clients, c)
	return c, nil
}

// member returns the client that was opened as the n-th.
func (e *engine) member(n int) *client {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.clients[n]
}

// stuck is a handler's wait that only the test ends; it ignores its context.
type stuck struct {
	gate chan struct{}
	once sync.Once
}

func newStuck(t *testing.T) *stuck {
	s := &stuck{gate: make(chan struct{})}
	t.Cleanup(s.free)
	return s
}

func (s *stuck) wait() { <-s.gate }
func (s *stuck) free() { s.once.Do(func() { close(s.gate) }) }

// clientError makes the error that the client has for one of Kafka's codes.
func clientError(class broker.Class, code int) *broker.ClientError {
	return &broker.ClientError{Class: class, Code: code, Op: "commit", Text: "injected " + strconv.Itoa(code)}
}

// A box is a value that a handler sets and the test reads.
type box[T any] struct {
	mu sync.Mutex
	v  T
}

func (b *box[T]) set(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.v = v
}

func (b *box[T]) get() T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.v
}
