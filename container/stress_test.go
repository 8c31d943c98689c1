package container_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

var (
	stressSeed = flag.Uint64("stress.seed", 0, "run the stress test with this seed only")
	stressRuns = flag.Int("stress.runs", 4, "how many seeds the stress test runs")
)

const crowd = 100 // goroutines that command at random

// TestStress has a hundred goroutines command a few listeners of one group at
// random while it rebalances: nothing is lost, nothing hangs, nothing is left
// (a bubble does not end while a goroutine lives).
func TestStress(t *testing.T) {
	for range *stressRuns {
		seed := rand.Uint64()
		if *stressSeed != 0 {
			seed = *stressSeed
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newStress(t, seed).run() })
		})
	}
}

type stress struct {
	*engine
	parts int

	mu   sync.Mutex
	rng  *rand.Rand
	done map[broker.Partition]map[int64]bool
	calm bool
}

func newStress(t *testing.T, seed uint64) *stress {
	s := &stress{parts: 6, rng: rand.New(rand.NewPCG(seed, 1)), done: map[broker.Partition]map[int64]bool{}}
	s.engine = &engine{t: t, cluster: brokertest.NewCluster(), began: time.Now(), spec: defaults()}
	s.cluster.CreateTopic(topic, s.parts)
	s.group = s.cluster.Group(group)
	s.spec.Concurrency, s.spec.Workers = 1+s.n(3), 1+s.n(2)
	s.spec.MaxPollRecords = 1 + s.n(10)
	s.spec.ShutdownTimeout, s.spec.RevokeTimeout = 10*time.Second, 3*time.Second
	s.spec.IdleInterval, s.spec.PartitionIdle = time.Second, time.Second
	if s.n(2) == 0 {
		s.spec.Start = spec.StartPolicy{Kind: spec.StartWait, Within: 2 * time.Second}
	}
	s.reg = s.registry(s.complete(s.spec, s.handle))
	return s
}

func (s *stress) n(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

func (s *stress) run() {
	_ = s.reg.Start(context.Background())
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			for range 40 {
				s.command()
				s.rest(700)
			}
		})
	}
	all.Go(s.trouble)
	all.Wait()
	s.heal()
	s.check()
	s.t.Logf("%d handler calls, %d events, %d clients", len(s.allCalls()), len(found[event.Event](s.engine)), len(s.clients))
	require.NoError(s.t, s.reg.Stop(context.Background()))
	s.reg.Close()
	for _, c := range s.clients {
		require.Empty(s.t, c.Misuse(), "the seam was misused")
	}
}

func (s *stress) rest(ms int) {
	time.Sleep(time.Duration(s.n(ms)) * time.Millisecond) //nolint:forbidigo // fake time
}

// trouble writes records and has the group rebalance.
func (s *stress) trouble() {
	for range 60 {
		for range 5 {
			s.cluster.Fill(topic, int32(s.n(s.parts)), 1+s.n(10))
		}
		if ms := s.group.Members(); len(ms) > 0 && s.n(3) == 0 {
			if m := ms[s.n(len(ms))]; s.n(2) == 0 {
				m.Lose()
			} else {
				m.Emit(clientError(broker.Dead, -150))
			}
		}
		s.rest(800)
	}
}

// command tells some listener to do something.
func (s *stress) command() {
	all := s.reg.Containers()
	k := all[s.n(len(all))]
	ctx := context.Background()
	switch s.n(17) {
	case 0:
		k.Pause()
	case 1:
		k.Resume()
	case 2:
		k.PausePartition(topic, int32(s.n(s.parts)))
	case 3:
		k.ResumePartition(topic, int32(s.n(s.parts)))
	case 4:
		_ = k.Stop(ctx)
	case 5, 6, 7:
		_ = k.Start(ctx)
	case 8:
		_ = k.SetConcurrency(1 + s.n(4))
	case 9:
		extra := s.spec
		extra.ID = fmt.Sprintf("extra-%d", s.n(3))
		_, _ = s.reg.AddSpec(s.complete(extra, s.handle))
	case 10:
		_ = s.reg.Remove(ctx, fmt.Sprintf("extra-%d", s.n(3)))
	case 11:
		short, cancel := context.WithTimeout(ctx, time.Duration(s.n(3000))*time.Millisecond)
		_ = k.Start(short)
		cancel()
	case 12:
		_ = k.Health()
		_ = s.reg.Health()
	case 13:
		_ = k.Status()
	default:
		s.seek(k)
	}
}

// seek goes back, to where all before is done: at the end nothing may be missing.
func (s *stress) seek(k *container.Container) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(100+s.n(3000))*time.Millisecond)
	defer cancel()
	tp := part(int32(s.n(s.parts)))
	committed := s.committed(tp.ID)
	if s.n(3) == 0 || committed < 0 {
		_ = k.SeekAll(ctx, listener.FromBeginning())
		return
	}
	_ = k.Seek(ctx, tp.Topic, tp.ID, listener.FromOffset(int64(s.n(int(committed)+1))))
}

func (s *stress) handle(ctx context.Context, d *listener.Delivery) error {
	s.mu.Lock()
	what := s.rng.IntN(60)
	if s.calm {
		what = 60
	}
	s.mu.Unlock()
	id := listener.Info(ctx).Listener
	switch k, err := s.reg.Container(id); {
	case err != nil || what > 20:
	case what == 0:
		_ = k.Stop(ctx)
	case what == 1:
		_ = k.SetConcurrency(1 + s.n(4))
	case what == 2 && id != "billing":
		_ = s.reg.Remove(ctx, id)
	case what == 3:
		k.Pause()
	case what < 6:
		return errBoom
	case what < 20:
		wait(ctx, time.Duration(s.n(2000))*time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range d.Records {
		tp := broker.Partition{Topic: r.Topic, ID: r.Partition}
		if s.done[tp] == nil {
			s.done[tp] = map[int64]bool{}
		}
		s.done[tp][r.Offset] = true
	}
	return nil
}

// heal lets everything run, and waits until there is nothing left to do.
func (s *stress) heal() {
	s.mu.Lock()
	s.calm = true
	s.mu.Unlock()
	s.pass(time.Minute)
	for _, k := range s.reg.Containers() {
		if err := k.Start(context.Background()); err != nil && !errors.Is(err, container.ErrRunning) {
			s.t.Errorf("%s does not start: %v", k.ID(), err)
		}
		k.Resume()
		for id := range int32(s.parts) {
			k.ResumePartition(topic, id)
		}
	}
	s.pass(5 * time.Minute)
}

func (s *stress) check() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range int32(s.parts) {
		end := s.cluster.End(part(id))
		if got := s.group.Committed(part(id)).Offset; got != end && end > 0 {
			s.t.Errorf("partition %d is committed up to %d of %d", id, got, end)
		}
		for offset := range end {
			if !s.done[part(id)][offset] {
				s.t.Errorf("%d@%d was lost", id, offset)
			}
		}
	}
	for _, k := range s.reg.Containers() {
		st := k.Status()
		if st.State != container.Running || len(st.Consumers) != st.Concurrency {
			s.t.Errorf("%s is %s with %d consumers of %d", st.ID, st.State, len(st.Consumers), st.Concurrency)
		}
	}
}
