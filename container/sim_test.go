package container_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

var (
	simSeed = flag.Uint64("sim.seed", 0, "run the simulation with this seed only")
	simRuns = flag.Int("sim.runs", howMany("HEARKEN_SIMULATIONS", 10), "how many seeds the simulation runs; HEARKEN_SIMULATIONS says 25 in CI")
)

// howMany is the number that an environment variable says, or what is enough every day.
func howMany(variable string, everyDay int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return everyDay
}

// TestSimulation has a few processes work on one group while everything goes
// wrong, and looks at what they promise (see check). The schedule follows from
// the seed, the order of what happens at one instant does not.
func TestSimulation(t *testing.T) {
	for range *simRuns {
		seed := rand.Uint64()
		if *simSeed != 0 {
			seed = *simSeed
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			for _, f := range simulate(t, seed, nil) {
				t.Errorf("seed %d: %s", seed, f)
			}
		})
	}
}

// A sim is one run: it knows what happened to every record.
type sim struct {
	*engine
	nodes []*node
	batch bool

	parts  int
	cures  []func() // take the injected faults away
	slow   bool     // commits take their time
	losing bool     // members are thrown out; with slow, an offset may go back for a while
	moving bool     // partitions are moved by seeks
	alone  bool     // one process with explicit partitions, outside of the group

	mu     sync.Mutex
	rng    *rand.Rand
	healed bool
	faults []string
	sought map[broker.Partition][]*sought
	seen   map[broker.Partition]map[int64]bool
	first  map[broker.Partition][]int64             // in the order of their first delivery
	done   map[broker.Partition]map[int64]time.Time // when it was settled first
}

// A node is one process.
type node struct {
	*engine
	s       *sim
	k       *container.Container
	running map[int32]int // guarded by s.mu
}

func simulate(t *testing.T, seed uint64, plant func(*client) broker.Consumer) (faults []string) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, seed, plant)
		for range 60 {
			s.step()
			s.pass(time.Duration(s.n(1500)) * time.Millisecond)
		}
		s.heal()
		if s.moving {
			s.rewind()
		}
		s.check()
		for _, n := range s.nodes {
			n.close()
		}
		time.Sleep(time.Hour) //nolint:forbidigo // fake time: what still runs has to end by itself
		faults = s.faults
	})
	return faults
}

func newSim(t *testing.T, seed uint64, plant func(*client) broker.Consumer) *sim {
	s := &sim{
		rng: rand.New(rand.NewPCG(seed, 0)), sought: map[broker.Partition][]*sought{}, seen: map[broker.Partition]map[int64]bool{},
		first: map[broker.Partition][]int64{}, done: map[broker.Partition]map[int64]time.Time{},
	}
	s.engine = &engine{t: t, cluster: brokertest.NewCluster(), began: time.Now()}
	s.parts = 2 + s.n(3)
	s.cluster.CreateTopic(topic, s.parts)
	s.slow, s.losing, s.moving, s.alone = s.n(3) > 0, s.n(3) > 0, s.n(2) == 0, s.n(4) == 0
	s.cluster.SetFetchDelay(time.Duration(s.n(50)) * time.Millisecond)
	s.group = s.cluster.Group(group)
	s.spec = s.settings()
	nodes := 1 + s.n(3)
	if s.alone {
		nodes, s.losing = 1, false
		s.spec.Topics, s.spec.Partitions = nil, []spec.PartitionSet{{Topic: topic}}
	}
	for range nodes {
		n := &node{engine: s.another(), s: s, running: map[int32]int{}}
		n.open = func(i int) (broker.Consumer, error) {
			c, err := n.newClient(i)
			if plant == nil || err != nil {
				return c, err
			}
			return plant(c.(*client)), nil
		}
		n.reg = n.registry(n.complete(s.spec, n.handle))
		n.k = n.container(s.spec.ID)
		s.nodes = append(s.nodes, n)
	}
	return s
}

// settings draws a listener.
func (s *sim) settings() container.Spec {
	sp := defaults()
	s.spec = sp
	s.mode(ackmode.All()[s.n(len(ackmode.All()))])
	sp = s.spec
	s.batch = sp.AckMode != ackmode.Record && s.n(3) == 0
	sp.Shape = listener.Shape{Batch: s.batch, Acks: sp.AckMode.Row().By == ackmode.ByHandler}
	sp.Lends = true // what the handler is given must last until it returns, and no longer
	sp.AckCount = 1 + s.n(5)
	sp.Concurrency, sp.Workers = 1+s.n(2), 1+s.n(3)
	sp.MaxPollRecords = 1 + s.n(10)
	if s.batch && s.n(2) == 0 {
		sp.BatchSize, sp.BatchLinger = 1+s.n(12), time.Duration(s.n(4))*500*time.Millisecond
	}
	sp.RevokeTimeout = 5 * time.Second
	sp.HandlerTimeout = 8 * time.Second
	sp.Unacked = spec.Unacked{Kind: spec.UnackedKeep + spec.UnackedKind(s.n(2)), After: 15 * time.Second}
	sp.Await = sp.Await != (s.n(4) == 0)
	sp.AsyncAcks = s.n(3) == 0
	sp.ErrorHandler = errorhandler.Default{Backoff: errorhandler.Backoff{Max: 3 * time.Second}}
	return sp
}

func (s *sim) n(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

func (s *sim) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) < 20 {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}
