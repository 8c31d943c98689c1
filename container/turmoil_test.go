package container_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A turmoil is everything at once, drawn from a seed: what a handler may do, what
// users may ask for, and what a cluster may do. It knows what is done.
type turmoil struct {
	t  *testing.T
	e  *engine
	mu sync.Mutex
	r  *rand.Rand

	done     map[int64]bool
	running  map[string]int
	explicit bool
	log      *brokertest.Log // of what transactions send, nil without them
	mode     ackmode.Mode    // of transactions
	sought   bool            // so that some were done more than once
	given    map[string]bool // outputs of what was given up
	calm     bool            // everybody does what he should
	steady   bool            // nobody seeks, so that each output comes once
	order    spec.Ordering   // as it is promised
	plant    turmoilPlant
	faults   []string
}

// must notes a fault of one check, unless another one is being proven.
func (x *turmoil) must(ok bool, check, format string, args ...any) {
	if !ok && (x.plant.check == "" || x.plant.check == check) && len(x.faults) < 20 {
		x.faults = append(x.faults, check+": "+fmt.Sprintf(format, args...))
	}
}

// n is draw, for planted bugs.
func (x *turmoil) n(n int) int { return x.draw(n) }

func (x *turmoil) members() *brokertest.Group { return x.e.group }

func (x *turmoil) atFault() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.faults) > 0
}

func (x *turmoil) draw(n int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.calm {
		return n - 1
	}
	return x.r.IntN(n)
}

func (x *turmoil) ms(n int) time.Duration { return time.Duration(x.draw(n)) * time.Millisecond }

type processKey struct{}

func (x *turmoil) in(where string) func(context.Context, listener.Invocation) context.Context {
	return func(ctx context.Context, _ listener.Invocation) context.Context {
		return context.WithValue(ctx, processKey{}, where+": ")
	}
}

// lane names what r waits for.
func (x *turmoil) lane(r *listener.RawRecord) string {
	switch {
	case x.order == spec.OrderNone || x.order == spec.OrderKey && r.Key == nil:
		return strconv.FormatInt(r.Offset, 10)
	case x.order == spec.OrderKey:
		return "key " + string(r.Key)
	default:
		return "partition"
	}
}

// begin sees that nothing runs beside it in its process: after a loss another one may have it.
func (x *turmoil) begin(where string, r *listener.RawRecord) {
	x.mu.Lock()
	defer x.mu.Unlock()
	lane := where + x.lane(r)
	x.running[lane]++
	x.must(x.running[lane] == 1, "beside", "%d runs beside %s", r.Offset, lane)
}

func (x *turmoil) end(where string, r *listener.RawRecord) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running[where+x.lane(r)]--
}

// settle notes what is done by its handler, or about to be.
func (x *turmoil) settle(offset int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done[offset] = true
}

// look compares what is committed with what is done.
func (x *turmoil) look() {
	o := x.e.group.Committed(part(0))
	x.mu.Lock()
	defer x.mu.Unlock()
	for at := int64(0); at < o.Offset; at++ {
		x.must(x.done[at], "gap", "%d is committed, and %d was never done", o.Offset, at)
	}
	m, err := ledger.DecodeMap(o.Metadata, o.Offset)
	if err != nil {
		return
	}
	for _, r := range m.Done {
		for at := r.From; at < r.To; at++ {
			x.must(x.done[at], "map", "the map at %d says that %d is done", o.Offset, at)
		}
	}
}

// sends sends one record for each, now and then in vain.
func (x *turmoil) sends(h listener.HandlerFunc) listener.HandlerFunc {
	return func(ctx context.Context, d *listener.Delivery) error {
		for _, r := range d.Records {
			if err := copies(ctx, r); err != nil {
				return err
			}
		}
		return h(ctx, d)
	}
}

// start runs a process.
func (x *turmoil) start(e *engine, where string) *container.Container {
	e.spec.BaseContext = x.in(where)
	x.plant.into(e)
	if x.log != nil {
		e.transactionalAt(x.log, where, x.mode)
		if x.plant.tx != nil {
			x.plant.tx.in(x, e.spec.Tx)
		}
		if e.spec.Shape.Batch {
			return e.startRaw(x.sends(x.handleBatch))
		}
		return e.startRaw(x.sends(func(ctx context.Context, d *listener.Delivery) error { return x.handle(ctx, d.Records[0], nil) }))
	}
	if e.spec.Shape.Batch {
		return e.batches(x.handleBatch)
	}
	return e.start(x.handle)
}

// stop stops k. Its last commit may meet a fault of ours.
func (x *turmoil) stop(k *container.Container) {
	if err := k.Stop(context.Background()); err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.must(strings.Contains(err.Error(), "the last commit"), "life", "%v", err)
	}
}

func (x *turmoil) disturb(k, other *container.Container) {
	e := x.e
	switch x.draw(12) {
	case 0:
		k.Pause()
		e.pass(x.ms(300))
		k.Resume()
	case 1:
		x.stop(k)
		require.NoError(x.t, k.Start(context.Background()))
	case 2, 3:
		if other.Status().State == container.Stopped {
			require.NoError(x.t, other.Start(context.Background()))
		} else {
			x.stop(other)
		}
	case 4:
		if x.steady {
			return
		}
		x.sought = true
		to := listener.FromOffset(max(e.committed(0)-int64(x.draw(20)), 0)) // later would skip what is not done
		go func() { _ = k.Seek(x.t.Context(), topic, 0, to) }()
	case 5:
		if x.steady {
			return
		}
		x.sought = true
		go func() { _ = other.SeekAll(x.t.Context(), listener.FromBeginning()) }()
	case 6:
		e.commitFault(clientError(broker.MetadataTooLarge, 12), 1+x.draw(3))
	case 7:
		e.commitFault(clientError(broker.Retriable, 27), 1+x.draw(3))
	case 8:
		e.commitFault(clientError(broker.Fenced, 22), 1+x.draw(3), part(0))
	case 9:
		if o := e.group.Owner(part(0)); o != nil {
			o.Lose()
		}
	case 11:
		if x.log != nil {
			x.log.Fail([]string{"commit", "offsets", "begin", "produce", "deliver"}[x.draw(5)], brokertest.Abortable("injected"))
			if x.draw(2) == 0 {
				x.log.Mislay("commit", brokertest.Fatal("no answer"))
			}
		}
	case 10:
		if o := e.group.Owner(part(0)); o != nil {
			o.Emit(clientError(broker.Dead, 1))
		}
	}
}

// Nothing is committed, and no map says of anything, what was not done; nothing
// runs beside what it waits for; in the end all of it is done, and what
// transactions have sent is there once. HEARKEN_TURMOIL is the number of seeds: 40 in CI.
func TestTurmoil(t *testing.T) {
	seeds := howMany("HEARKEN_TURMOIL", 20)
	once := 0
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			x := inTurmoil(t, uint64(seed), turmoilPlant{})
			require.Empty(t, x.faults)
			if x.log != nil && !x.sought {
				once++
			}
		})
	}
	require.True(t, once > 0 || seeds < 40, "no seed has looked at what was sent once")
}

// inTurmoil plays one seed.
func inTurmoil(t *testing.T, seed uint64, plant turmoilPlant) *turmoil {
	t.Helper()
	var x *turmoil
	bubble(t, func(t *testing.T, e *engine) {
		e.planted = plant.check != ""
		x = &turmoil{
			t: t, e: e, r: rand.New(rand.NewPCG(seed, 9)), plant: plant,
			done: map[int64]bool{}, given: map[string]bool{}, running: map[string]int{},
		}
		x.run()
	})
	return x
}

func (x *turmoil) run() {
	e := x.e
	x.set()
	if x.plant.set != nil {
		x.plant.set(&e.spec)
	}
	const n = 200
	keys := 1 + x.draw(20)
	for i := range n {
		r := listener.RawRecord{Value: []byte("v")}
		if i%9 != 0 {
			r.Key = []byte("key-" + strconv.Itoa(i%keys))
		}
		e.cluster.Append(part(0), r)
	}
	k := x.start(e, "here")
	o := e.another()
	o.reader = e.reader
	other := k
	if !x.explicit {
		other = x.start(o, "there")
	}
	for i := 0; i < 25 && !x.atFault(); i++ {
		e.pass(x.ms(400))
		x.look()
		x.disturb(k, other)
		x.look()
	}
	x.mu.Lock()
	x.calm = true
	x.mu.Unlock()
	if k.Status().State == container.Stopped {
		require.NoError(x.t, k.Start(context.Background()))
	}
	e.pass(10 * time.Minute)
	x.look()
	x.over(n, k, other)
}

// over looks at what is left of n records in the end.
func (x *turmoil) over(n int, k, other *container.Container) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.must(len(x.done) == n, "done", "%d of %d are done", len(x.done), n)
	x.must(x.e.committed(0) == int64(n), "end", "%d is committed: %+v\n%+v", x.e.committed(0), k.Status(), other.Status())
	if x.log == nil || x.sought {
		return
	}
	count := map[string]int{}
	for _, o := range x.log.Records(outputs) {
		count[o]++
		x.must(count[o] == 1, "once", "%s is sent again", o)
	}
	for _, o := range wanted(0, n) {
		x.must(x.given[o] || count[o] > 0, "sent", "%s is not sent", o)
	}
}
