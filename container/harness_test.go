package container_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	topic = "orders"
	group = "billing"
)

func part(id int32) broker.Partition { return broker.Partition{Topic: topic, ID: id} }

// An engine is one container over a fake cluster, inside a synctest bubble:
// every wait takes no real time, and every duration is exact.
type engine struct {
	t       *testing.T
	cluster *brokertest.Cluster
	group   *brokertest.Group
	spec    container.Spec
	reg     *container.Registry
	began   time.Time

	// What a test may change before it starts the container.
	conf    map[string]string                        // more client properties
	open    func(index int) (broker.Consumer, error) // instead of the cluster's own
	observe func(event.Event)                        // called before an event is kept
	others  []*engine                                // stopped at the end, too
	reader  spec.Reader                              // what the fake behaves like
	planted bool                                     // its client has a bug, and may misuse the seam

	mu      sync.Mutex
	calls   []call
	events  []event.Event
	clients []*client
}

// A call is one handler call, as seen from inside it.
type call struct {
	at        time.Duration // since the start
	partition int32
	offset    int64 // of the first record
	records   int
	attempt   int
}

// bubble runs test in fake time.
func bubble(t *testing.T, test func(t *testing.T, e *engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{t: t, cluster: brokertest.NewCluster(), began: time.Now()}
		e.cluster.CreateTopic(topic, 4)
		e.group = e.cluster.Group(group)
		e.spec = defaults()
		// Last of all cleanups, so that what hangs has been freed.
		t.Cleanup(func() {
			for _, x := range append(e.others, e) {
				x.end()
			}
		})
		test(t, e)
	})
}

// another is a second process over the same cluster.
func (e *engine) another() *engine {
	o := &engine{t: e.t, cluster: e.cluster, group: e.group, spec: e.spec, began: e.began, conf: e.conf, planted: e.planted}
	e.others = append(e.others, o)
	return o
}

func (e *engine) end() {
	if e.reg != nil {
		_ = e.reg.Stop(context.Background())
		e.reg.Close()
	}
	for _, c := range e.clients {
		if e.planted {
			return
		}
		require.Empty(e.t, c.Misuse(), "the seam was misused")
		require.LessOrEqual(e.t, c.gap, time.Second, "polls keep the membership")
	}
}

func defaults() container.Spec {
	return container.Spec{
		ID: "billing", Group: group, Topics: []string{topic},
		ErrorHandler: errorhandler.NewDefault(),
		AckMode:      ackmode.Batch, AckCount: 1, Unacked: spec.Unacked{Kind: spec.UnackedKeep},
		Concurrency: 1, Workers: 1,
		MaxPollRecords: 500, MaxPollBytes: 1 << 20, MaxPollInterval: 5 * time.Minute,
		HandlerTimeout: 5 * time.Minute, OnHang: spec.HangLeaves,
		RevokeTimeout: 10 * time.Second, ShutdownTimeout: 25 * time.Second,
		Reset: spec.Earliest, AutoStartup: true,
	}
}

// mode sets the ack mode with its default commit style.
func (e *engine) mode(m ackmode.Mode) {
	e.spec.AckMode, e.spec.Await = m, m.Row().Await
	if m.Row().When.Has(ackmode.Elapsed) && e.spec.AckTime == 0 {
		e.spec.AckTime = 5 * time.Second
	}
}

// start runs the container with a record handler and waits until it is idle.
func (e *engine) start(h func(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error) *container.Container {
	e.spec.Shape.Acks = e.spec.AckMode.Row().By == ackmode.ByHandler
	return e.startRaw(func(ctx context.Context, d *listener.Delivery) error {
		return h(ctx, d.Records[0], d.Ack)
	})
}

func (e *engine) startRaw(h listener.HandlerFunc) *container.Container {
	e.reg = e.registry(e.complete(e.spec, h))
	require.NoError(e.t, e.reg.Start(context.Background()))
	k := e.container(e.spec.ID)
	e.settle()
	return k
}

func (e *engine) container(id string) *container.Container {
	k, err := e.reg.Container(id)
	require.NoError(e.t, err)
	return k
}

// complete gives a spec its handler and its client.
func (e *engine) complete(s container.Spec, h listener.HandlerFunc) container.Spec {
	s.Handler = func(ctx context.Context, d *listener.Delivery) error {
		e.mu.Lock()
		e.calls = append(e.calls, call{time.Since(e.began), d.Records[0].Partition, d.Records[0].Offset, len(d.Records), d.Attempt})
		e.mu.Unlock()
		return h(ctx, d)
	}
	s.Open = func(i int, _ func(int, string, string)) (broker.Consumer, error) {
		if e.open != nil {
			return e.open(i)
		}
		return e.newClientOf(s.Group, i)
	}
	return s
}

func (e *engine) registry(specs ...container.Spec) *container.Registry {
	return container.NewRegistry(event.ObserverFunc(func(ev event.Event) {
		if e.observe != nil {
			e.observe(ev)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.events = append(e.events, ev)
	}), specs)
}

// settle lets everything run that needs no time to pass, and a little more: the
// loop looks at what it was asked every 100 ms.
func (e *engine) settle() {
	synctest.Wait()
}

// pass lets d of fake time go by.
func (e *engine) pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake time inside a bubble
	synctest.Wait()
}

// seen returns the offsets of the handler calls so far, per call.
func (e *engine) seen() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]int64, len(e.calls))
	for i, c := range e.calls {
		out[i] = c.offset
	}
	return out
}

func (e *engine) allCalls() []call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]call(nil), e.calls...)
}

// committed returns the group's offset of partition id, -1 for none.
func (e *engine) committed(id int32) int64 {
	o := e.group.Committed(part(id)).Offset
	if o == broker.None {
		return -1
	}
	return o
}

// found returns the events of one type.
func found[E event.Event](e *engine) []E {
	e.settle()
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []E
	for _, ev := range e.events {
		if x, ok := ev.(E); ok {
			out = append(out, x)
		}
	}
	return out
}

// stop stops the container and returns how long it took.
func (e *engine) stop(k *container.Container) (time.Duration, error) {
	began := time.Now()
	err := k.Stop(context.Background())
	return time.Since(began), err
}

func done(context.Context, *listener.RawRecord, listener.Acknowledgment) error { return nil }

// of returns the calls for one partition.
func (e *engine) of(id int32) []call {
	var out []call
	for _, c := range e.allCalls() {
		if c.partition == id {
			out = append(out, c)
		}
	}
	return out
}
