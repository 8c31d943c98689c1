package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// explicit makes the engine read partitions of its own choice.
func (e *engine) explicit(sets ...spec.PartitionSet) {
	e.spec.Topics, e.spec.Partitions = nil, sets
}

// have returns what each consumer has, as "topic/partition".
func have(k *container.Container) [][]broker.Partition {
	var out [][]broker.Partition
	for _, c := range k.Status().Consumers {
		var parts []broker.Partition
		for _, p := range c.Partitions {
			parts = append(parts, broker.Partition{Topic: p.Topic, ID: p.Partition})
		}
		out = append(out, parts)
	}
	return out
}

func TestExplicitPartitionsAreShared(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.CreateTopic("other", 5)
		e.spec.Concurrency = 2
		e.explicit(spec.PartitionSet{Topic: topic, IDs: []int32{3, 0, 1}}, spec.PartitionSet{Topic: "other"})
		k := e.start(done)
		e.pass(time.Second)
		other := func(id int32) broker.Partition { return broker.Partition{Topic: "other", ID: id} }
		got := have(k)
		require.ElementsMatch(t, []broker.Partition{part(0), part(3), other(1), other(3)}, got[0])
		require.ElementsMatch(t, []broker.Partition{part(1), other(0), other(2), other(4)}, got[1])
		for _, p := range []broker.Partition{part(3), part(2), other(4)} {
			e.cluster.Fill(p.Topic, p.ID, 2)
		}
		e.pass(time.Second)
		require.Len(t, e.seen(), 4, "and nothing of what is not listed")
		require.EqualValues(t, 2, e.committed(3), "commits go to the group")
		e.cluster.CreateTopic("other", 7) // grows: nothing that is read changes hands
		e.pass(31 * time.Second)
		require.Empty(t, found[event.Revoked](e))
		got = have(k)
		require.Contains(t, got[0], other(5))
		require.Contains(t, got[1], other(6))
	})
}

// Who has the client look at its topics more often has us look as often: nobody
// else says that an explicit partition has come or gone.
func TestExplicitPartitionsAreLookedUpAsTheClientDoes(t *testing.T) {
	for ms, within := range map[string]time.Duration{"2000": 2 * time.Second, "10": time.Second, "-1": 30 * time.Second, "300000": 30 * time.Second} {
		t.Run(ms, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.Client = map[string]string{"topic.metadata.refresh.interval.ms": ms}
				e.explicit(spec.PartitionSet{Topic: topic})
				k := e.start(done)
				e.pass(500 * time.Millisecond)
				e.cluster.CreateTopic(topic, 6)
				e.pass(within - time.Second)
				require.Len(t, have(k)[0], 4)
				e.pass(time.Second)
				require.Len(t, have(k)[0], 6)
			})
		})
	}
}

func TestExplicitPositionsApplyAtEveryStart(t *testing.T) {
	for name, c := range map[string]struct {
		at    listener.Position
		first []int64 // of the first start
		again []int64 // of the second, when two more records have come
	}{
		"none":      {listener.Position{}, []int64{3, 4}, []int64{5, 6}},
		"beginning": {listener.FromBeginning(), []int64{0, 1, 2, 3, 4}, []int64{0, 1, 2, 3, 4, 5, 6}},
		"end":       {listener.FromEnd(0), nil, nil},
		"end-1":     {listener.FromEnd(1), []int64{4}, []int64{6}},
		"offset":    {listener.FromOffset(2), []int64{2, 3, 4}, []int64{2, 3, 4, 5, 6}},
		"current+1": {listener.FromCurrent(1), []int64{4}, []int64{6}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.cluster.Fill(topic, 0, 5)
				e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 3})
				e.explicit(spec.PartitionSet{Topic: topic, IDs: []int32{0}, Start: c.at})
				k := e.start(done)
				e.pass(time.Second)
				require.Equal(t, c.first, offsets(e.allCalls()))
				_, err := e.stop(k)
				require.NoError(t, err)
				e.cluster.Fill(topic, 0, 2)
				require.NoError(t, k.Start(context.Background()))
				e.pass(time.Second)
				require.Equal(t, c.again, offsets(e.allCalls()[len(c.first):]))
			})
		})
	}
}

func offsets(calls []call) (out []int64) {
	for _, c := range calls {
		out = append(out, c.offset)
	}
	return out
}

// A consumer that is opened again within one start goes on where it was: it
// neither begins at the position again nor at what the group had committed.
func TestExplicitPositionsDoNotApplyToAConsumerThatIsOpenedAgain(t *testing.T) {
	dead := &broker.ClientError{Class: broker.Dead, Code: -150, Op: "poll", Text: "fatal"}
	t.Run("after work", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 5)
			e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 4})
			e.explicit(spec.PartitionSet{Topic: topic, Start: listener.FromBeginning()})
			// The last commit fails, too.
			e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Retriable, 16)})
			e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				if r.Offset == 3 && len(e.seen()) < 5 {
					return listener.Fatal(errBoom) // held for long
				}
				return nil
			})
			e.pass(time.Second)
			require.Equal(t, []int64{0, 1, 2, 3}, e.seen())
			e.member(0).Emit(dead)
			e.pass(time.Minute)
			require.Equal(t, []int64{0, 1, 2, 3, 3, 4}, e.seen()[:6])
		})
	})
	t.Run("before work", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 5)
			e.explicit(spec.PartitionSet{Topic: topic, Start: listener.FromEnd(0)})
			e.start(done)
			e.pass(time.Second)
			e.member(0).Emit(dead)
			e.pass(500 * time.Millisecond)
			e.cluster.Fill(topic, 0, 2) // while nobody reads
			e.pass(time.Minute)
			require.Equal(t, []int64{5, 6}, e.seen(), "what came meanwhile is not skipped")
			require.EqualValues(t, 7, e.committed(0))
		})
	})
	t.Run("after a seek", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 3)
			e.explicit(spec.PartitionSet{Topic: topic, Start: listener.FromEnd(0)})
			k := e.start(done)
			e.pass(time.Second)
			k.Pause()
			require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromBeginning()))
			e.member(0).Emit(dead)
			e.pass(time.Minute)
			k.Resume()
			e.pass(time.Second)
			require.Equal(t, []int64{0, 1, 2}, e.seen())
		})
	})
}

// A position that nobody has worked from is not committed, also where a consumer
// has been opened again there.
func TestExplicitPositionIsNotCommittedByItself(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 5)
		e.cluster.Fill(topic, 1, 5)
		e.group.SetCommitted(broker.Offset{Partition: part(1), Offset: 2})
		e.explicit(spec.PartitionSet{Topic: topic, Start: listener.FromEnd(0)})
		e.start(done)
		e.pass(time.Second)
		e.member(0).Emit(clientError(broker.Dead, -150))
		e.pass(5 * time.Minute)
		require.EqualValues(t, -1, e.committed(0))
		require.EqualValues(t, 2, e.committed(1))
		e.cluster.Fill(topic, 1, 1)
		e.pass(time.Second)
		require.EqualValues(t, 6, e.committed(1))
		e.member(1).Emit(clientError(broker.Dead, -150))
		e.pass(time.Minute)
		e.group.SetCommitted(broker.Offset{Partition: part(1), Offset: 2})
		e.pass(2 * time.Minute)
		require.EqualValues(t, 6, e.committed(1), "what was committed is asserted")
	})
}

func TestExplicitPartitionsOfAMissingTopicAreWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.explicit(spec.PartitionSet{Topic: "late", Start: listener.FromEnd(0)}, spec.PartitionSet{Topic: topic, IDs: []int32{9}})
		k := e.start(done)
		e.pass(time.Minute)
		require.Equal(t, container.Running, k.Status().State)
		require.Empty(t, k.Status().Consumers[0].Partitions)
		require.Len(t, found[event.ClientError](e), 1)
		e.cluster.CreateTopic("late", 1)
		e.cluster.Fill("late", 0, 2)
		e.cluster.CreateTopic(topic, 10)
		e.cluster.Fill(topic, 9, 1)
		e.pass(1200 * time.Millisecond)
		require.Equal(t, []int64{0, 1, 0}, e.seen(), "all of a topic that came later is new: its end is no place to begin")
		e.cluster.CreateTopic("late", 2)
		e.cluster.Fill("late", 1, 1)
		e.pass(31 * time.Second)
		require.Len(t, e.seen(), 4)
	})
}

func TestExplicitTopicMadeAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 5)
		e.explicit(spec.PartitionSet{Topic: topic})
		k := e.start(done)
		e.pass(time.Second)
		e.cluster.DeleteTopic(topic)
		e.pass(time.Minute)
		require.Empty(t, k.Status().Consumers[0].Partitions, "it is given up")
		e.cluster.CreateTopic(topic, 4)
		e.cluster.Fill(topic, 0, 9) // beyond the place in the old log
		e.pass(2 * time.Second)
		require.Equal(t, []int64{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8}, e.seen())
		require.EqualValues(t, 9, e.committed(0))
	})
}

// The place in the old log is forgotten also where the new one is there before
// the next look-up.
func TestExplicitTopicMadeAgainAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 5)
		e.explicit(spec.PartitionSet{Topic: topic})
		k := e.start(done)
		e.pass(time.Second)
		e.cluster.DeleteTopic(topic)
		e.pass(29500 * time.Millisecond)
		require.Empty(t, k.Status().Consumers[0].Partitions)
		e.cluster.CreateTopic(topic, 4)
		e.cluster.Fill(topic, 0, 9)
		e.pass(2 * time.Second)
		require.Equal(t, []int64{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8}, e.seen())
	})
}

func TestExplicitPartitionsUnderNoneAndLatest(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 5)
		e.spec.Reset = spec.NoReset
		e.explicit(spec.PartitionSet{Topic: topic, IDs: []int32{0}})
		k := e.start(done)
		e.pass(time.Second)
		require.ErrorContains(t, k.Err(), "group billing has no committed offset for orders[0]")
		o := e.another()
		o.spec.Reset = spec.Latest
		o.spec.Partitions = []spec.PartitionSet{{Topic: topic, IDs: []int32{0}}, {Topic: topic, IDs: []int32{1}, Start: listener.FromOffset(0)}}
		o.start(done)
		o.pass(time.Second)
		require.EqualValues(t, 5, o.committed(0), "claimed at once")
		o.cluster.Fill(topic, 0, 1)
		o.pass(time.Second)
		require.Equal(t, []int64{5}, o.seen())
	})
}

func TestExplicitLookUpThatHangsDoesNotHoldTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		answer := make(chan struct{})
		e.explicit(spec.PartitionSet{Topic: topic})
		k := e.start(done)
		e.pass(time.Second)
		remove := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Block: answer})
		e.pass(35 * time.Second)
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		require.Len(t, e.seen(), 1)
		remove()
		_, err := e.stop(k)
		require.ErrorContains(t, err, "billing/0: the client: a look-up was not answered, so it was not closed")
		close(answer)
		e.pass(time.Second)
	})
}
