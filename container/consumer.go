package container

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
)

// What a partition may hold in memory: records that wait for their first
// delivery, their size, and records that are delivered and unsettled.
const (
	windowChunks = 20 // × max-poll-records
	windowBytes  = 16 << 20
	maxUnsettled = 1 << 20
	// spanWindows is how many windows an unfinished record may hold back, done
	// ones included, where records overtake it: those cost a slot each, no payload.
	spanWindows = 5
)

// A consumer is one life of one group member: it ends with its client, and a
// supervisor starts another one where that makes sense. The loop goroutine
// alone touches client, parts, turn and the fields below them.
type consumer struct {
	spec   *Spec
	index  int
	shared *shared
	client broker.Consumer

	ready     *readyQueue
	committer *committer
	tx        *transactor // nil for a plain listener
	workers   []*worker
	working   sync.WaitGroup

	recoveries recoveries

	// live is what parts holds, for those who are not the loop.
	live atomic.Pointer[[]*assignment]
	// wake ends the loop's wait while it holds back polling.
	wake chan struct{}
	// failure is why the consumer has to end by itself; the first one counts.
	failure chan error
	stop    *stopSignal
	member  *member   // whose consumer it is
	before  condition // the member's, when it began
	assigns int       // answers of the group, empty ones included
	waiting waiting
	prober  prober

	parts     map[broker.Partition]*assignment
	turn      broker.Turn
	spare     *broker.Shelf // arrays to be used again; nil where they are not
	weight    weight
	heldSince time.Time // since when polling is held back; zero when it is not
	paused    map[broker.Partition]pauseReason
	pausing   []broker.Partition // reused by backPressure
	resuming  []broker.Partition
	// pausesSeen is the version of shared.pauses that the client knows; 0 asks
	// for a fresh look.
	pausesSeen uint64
	ending     bool
	last       offsetList // of a stop that is not through yet: the last commits that it has sent; the loop's
	calling    *callback  // that the loop waits for
	beat       time.Time  // last watch
	errs       errorLog

	leaving   sync.Mutex // guards abandoned
	abandoned []string   // by its end

	// over is closed when the consumer begins to end; asking counts the
	// goroutines that may be asking the client something.
	over   chan struct{}
	asking atomic.Int32
	keyer  *keyer
	// keysAwaited: there are chunks without keys; keysSoon: their keys may come
	// any moment. The loop's.
	keysAwaited, keysSoon bool
	own                   *own // explicit partitions, or nil
	seeks                 *seekQueue
	seek                  *seekJob // under way; the loop's
	found                 chan *seekJob
	parted                chan *seekJob
}

// shared is what all consumers of a container have in common.
type shared struct {
	emit    *emitter
	pauses  *pauses
	zombies *zombies
	late    *lateCalls
	places  *places
	// pauseReached reports that a pause is reached, once it is.
	pauseReached func()
	// pauseFor holds the listener as a whole.
	pauseFor func(time.Duration, error)
	idle     listenerIdle
	fallback sync.Once // to the poll reader: said once
}

func newConsumer(spec *Spec, index int, sh *shared, client broker.Consumer, stop *stopSignal) *consumer {
	c := &consumer{
		spec: spec, index: index, shared: sh, client: client, stop: stop,
		ready:   newReadyQueue(),
		wake:    make(chan struct{}, 1),
		failure: make(chan error, 1),
		parts:   make(map[broker.Partition]*assignment),
		paused:  make(map[broker.Partition]pauseReason),
		beat:    time.Now(),
		over:    make(chan struct{}),
		own:     newOwn(spec.Partitions),
		seeks:   &seekQueue{},
		found:   make(chan *seekJob, 1),
		parted:  make(chan *seekJob, 1),
	}
	if spec.lends() {
		c.spare = broker.NewShelf(spares)
	}
	c.live.Store(&[]*assignment{})
	c.committer = newCommitter(c)
	c.tx = newTransactor(c)
	c.keyer = newKeyer(spec, c.nudge)
	return c
}

// rules are the ledger's part of the settings.
func (c *consumer) rules() ledger.Rules {
	s := c.spec
	if s.Tx != nil {
		return ledger.Rules{
			Revocable: true, Order: orders[s.Ordering], NullQueue: s.NullQueue, Batch: s.Shape.Batch, BatchSize: s.BatchSize, Linger: s.BatchLinger, NotBefore: s.NotBefore,
			Window: s.window(), Bytes: windowBytes, Slots: maxUnsettled,
		}
	}
	slots := maxUnsettled
	if s.Ordering > spec.OrderPartition && !(s.AckMode.Row().By == ackmode.ByHandler) {
		slots = spanWindows * s.window() // nothing stays unsettled for long, but by trouble
	}
	return ledger.Rules{
		Order: orders[s.Ordering], NullQueue: s.NullQueue, Map: s.CommitMap,
		When: s.AckMode.Row().When, Await: s.Await, Cumulative: s.Cumulative,
		Batch: s.Shape.Batch, BatchSize: s.BatchSize, Linger: s.BatchLinger, AsyncAcks: s.AsyncAcks,
		Window: s.window(), Bytes: windowBytes, Slots: slots,
		Ahead: runAhead, NotBefore: s.NotBefore, Reuse: c.reuse(),
	}
}

var orders = map[spec.Ordering]ledger.Order{spec.OrderKey: ledger.ByKey, spec.OrderNone: ledger.Unordered}

func (s *Spec) window() int {
	if s.Window > 0 {
		return s.Window
	}
	return windowChunks * s.MaxPollRecords
}

func (c *consumer) limits(wait time.Duration) broker.Limits {
	return broker.Limits{Wait: wait, Records: c.spec.MaxPollRecords, Bytes: c.spec.MaxPollBytes, Spare: c.spare}
}

func (c *consumer) name() event.Consumer {
	return event.Consumer{Listener: c.spec.ID, Group: c.spec.Group, Index: c.index}
}

// memberID names the group member; it is empty once the client is closing.
func (c *consumer) memberID() string {
	select {
	case <-c.committer.ending:
		return ""
	default:
		return c.client.MemberID()
	}
}

func (c *consumer) emit(ev event.Event) { c.shared.emit.emit(ev) }

// fail ends the consumer by itself. It never blocks; the first reason counts.
func (c *consumer) fail(err error) {
	select {
	case c.failure <- err:
		c.nudge()
	default:
	}
}

// nudge ends a wait of the loop, in the client too where the reader can be
// woken. It never blocks.
func (c *consumer) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
	c.client.Wake()
}

// publish shows the loop's partitions to the others.
func (c *consumer) publish() {
	all := make([]*assignment, 0, len(c.parts))
	for _, a := range c.parts {
		all = append(all, a)
	}
	c.live.Store(&all)
	if c.tx != nil { // a trouble may be about a partition that has gone
		c.tx.nudge()
	}
}

// startWorkers starts the goroutines that run handlers.
func (c *consumer) startWorkers() {
	for i := range c.spec.Workers {
		w := &worker{
			c: c, id: i, batch: c.spec.Shape.Batch, acks: c.spec.Shape.Acks,
			manual: c.spec.AckMode.Row().By == ackmode.ByHandler,
			sieve:  sieve{at: -1},
		}
		c.workers = append(c.workers, w)
		c.working.Add(1)
		go w.main()
	}
}
