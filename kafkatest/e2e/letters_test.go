package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// envLong makes the tests of this file as long as the project's aims have them.
const envLong = "HEARKEN_E2E_LETTERS_LONG"

func long() bool { return os.Getenv(envLong) != "" }

var errBad = errors.New("bad")

// giveUp makes a dead letter of everything that fails.
var giveUp = factory.ErrorHandler(errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict {
	return errorhandler.DeadLetter()
}))

func letterOf(t testing.TB, r listener.RawRecord) letter.Letter {
	t.Helper()
	l, ok := letter.Read(r.Headers)
	require.True(t, ok, "%v", r.Headers)
	return l
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 3), b.Unique("billing")
		b.Produce(topic, kafkatest.KV("k", "bad").OnPartition(2).WithHeader("trace", "7"), kafkatest.KV("k", "good").OnPartition(2), kafkatest.Tombstone("gone").OnPartition(1))
		var seen log[string]
		s := serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			seen.add(r.Value)
			if r.Value == "good" {
				return nil
			}
			return fmt.Errorf("charge:\n%w", errBad)
		}, listener.Topics(topic), listener.GroupID(group), factory.DeadLetter(), giveUp))
		waitMade(t, s, topic+"-dlt")
		dead := b.WaitRecords(topic+"-dlt", 2)
		waitDone(t, b, group, topic, nil)
		slices.SortFunc(dead, func(x, y listener.RawRecord) int { return int(y.Partition - x.Partition) })
		require.EqualValues(t, 2, dead[0].Partition, "the same partition")
		require.Equal(t, []string{"k", "bad"}, []string{string(dead[0].Key), string(dead[0].Value)})
		trace, _ := dead[0].Headers.Get("trace")
		require.Equal(t, "7", string(trace))
		l := letterOf(t, dead[0])
		require.Equal(t, []any{topic, int32(2), int64(0), group, "orders", 1}, []any{l.Topic, l.Partition, l.Offset, l.Group, l.Listener, l.Attempts})
		require.Equal(t, `charge:\nbad`, l.Error)
		require.Nil(t, dead[1].Value, "a tombstone stays one")
		require.Equal(t, "gone", string(dead[1].Key))
	})
}

// waitMade waits until a service has made a topic.
func waitMade(t testing.TB, s *service, topic string) {
	t.Helper()
	eventually(t, "topic "+topic+" is made", func() (bool, string) {
		made := found[event.TopicCreated](s)
		return slices.ContainsFunc(made, func(e event.TopicCreated) bool { return e.Topic == topic }), fmt.Sprint(made, found[event.TopicsPending](s))
	})
}

// journey is what a handler saw of one record.
type journey struct {
	starts, ends []time.Time
	attempts     []int
	wrong        string // what is not as it was in the source topic
}

// Every record ends once, in done or in dead, and none comes before its time.
func TestRetryTopics(t *testing.T) {
	t.Parallel()
	records, delays := 600, []time.Duration{300 * time.Millisecond, 600 * time.Millisecond, time.Second}
	if long() {
		records, delays = 10_000, []time.Duration{time.Second, 10 * time.Second, time.Minute}
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 3), b.Unique("billing")
		var mu sync.Mutex
		seen, done := map[string]*journey{}, 0
		once := func(n int) bool { return n%10 < 3 }
		always := func(n int) bool { return n%100 == 50 }
		handle := func(_ context.Context, r listener.Record[string]) error {
			began := time.Now()
			n, _ := strconv.Atoi(r.Value)
			mu.Lock()
			defer mu.Unlock()
			j := seen[r.Value]
			if j == nil {
				j = &journey{}
				seen[r.Value] = j
			}
			j.starts, j.attempts = append(j.starts, began), append(j.attempts, r.Attempt)
			if r.Topic != topic || r.Key != "k"+r.Value || len(r.Headers) != 0 {
				j.wrong = fmt.Sprintf("%+v", r)
			}
			defer func() { j.ends = append(j.ends, time.Now()) }()
			if always(n) || once(n) && r.Attempt == 1 {
				return errBad
			}
			done++
			return nil
		}
		s := serve(t, b, listener.On("orders", handle, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(delays...)))
		var all []kafkatest.Record
		for n := range records {
			all = append(all, kafkatest.KV("k"+strconv.Itoa(n), strconv.Itoa(n)))
		}
		b.Produce(topic, all...)
		deadly := records / 100
		kafkatest.Eventually(t, time.Minute+2*delays[2], "all are done or dead", func() (bool, string) {
			mu.Lock()
			defer mu.Unlock()
			return done == records-deadly, fmt.Sprintf("%d of %d are done", done, records)
		})
		var dead []listener.RawRecord
		kafkatest.Eventually(t, time.Minute+2*delays[2], "all of the dead are there", func() (bool, string) {
			dead = b.Records(topic + "-dlt")
			return len(dead) >= deadly, fmt.Sprintf("%d are", len(dead))
		})
		require.Len(t, dead, deadly)
		for _, d := range delays {
			b.WaitDone(group+"-retry", letter.RetryTopic(topic, group, d))
		}
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, seen, records)
		var late []time.Duration
		for value, j := range seen {
			n, _ := strconv.Atoi(value)
			want := 1
			switch {
			case always(n):
				want = 1 + len(delays)
			case once(n):
				want = 2
			}
			require.Empty(t, j.wrong)
			require.Len(t, j.starts, want, value)
			for i := range j.starts {
				require.Equal(t, i+1, j.attempts[i], "the attempt goes on over topics")
				if i > 0 {
					waited := j.starts[i].Sub(j.ends[i-1])
					require.GreaterOrEqual(t, waited, delays[i-1], "%s: never early", value)
					late = append(late, waited-delays[i-1])
				}
			}
		}
		slices.Sort(late)
		t.Logf("%d redeliveries later than their delay by: p50 %s, p99 %s, most %s", len(late), late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
		for _, r := range dead {
			l := letterOf(t, r)
			require.Equal(t, []any{topic, 1 + len(delays), r.Partition}, []any{l.Topic, l.Attempts, l.Partition})
		}
		eventually(t, "an event counts all attempts", func() (bool, string) {
			given := map[int]int{} // by attempt
			for _, f := range found[event.RecordFailed](s) {
				next := "dead-letter topic " + topic + "-dlt"
				if f.Attempt <= len(delays) {
					next = "retry topic " + letter.RetryTopic(topic, group, delays[f.Attempt-1])
				}
				require.Contains(t, f.Verdict, next, "attempt %d", f.Attempt)
				given[f.Attempt]++
			}
			return given[1+len(delays)] == deadly, fmt.Sprintf("%d are dead, told were %v", deadly, given)
		})
		require.Empty(t, found[event.Stalled](s))
		require.Len(t, s.reg.Health(), 2)
	})
}

// On an idle service a retry is at most 100 ms late; one of a batch listener comes by itself.
func TestRetriesOfABatchListenerComeInTime(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 1), b.Unique("billing")
		const delay = 300 * time.Millisecond
		type call struct {
			values  []string
			attempt int
			at      time.Time
		}
		var calls log[call]
		serve(t, b, listener.OnBatch("orders", func(_ context.Context, rs []listener.Record[string]) error {
			c := call{at: time.Now(), attempt: rs[0].Attempt}
			for _, r := range rs {
				c.values = append(c.values, r.Value)
			}
			calls.add(c)
			for i, r := range rs {
				if strings.HasPrefix(r.Value, "bad") && r.Attempt == 1 {
					return listener.FailedAt(i, errBad)
				}
			}
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(delay)))
		waitAssigned(t, b, group+"-retry", 1)
		best, hunger := time.Hour, watchHunger(t)
		for i := range 5 {
			before, began := calls.len(), hunger.now()
			bad := "bad" + strconv.Itoa(i)
			b.Produce(topic, kafkatest.Value("a"), kafkatest.Value(bad), kafkatest.Value("b"))
			var failed, again *call
			eventually(t, "the bad one comes again", func() (bool, string) {
				failed, again = nil, nil
				for _, c := range calls.list()[before:] {
					switch {
					case slices.Contains(c.values, bad) && c.attempt == 1:
						failed = &c
					case slices.Equal(c.values, []string{bad}):
						again = &c
					}
				}
				return failed != nil && again != nil, fmt.Sprint(calls.list()[before:])
			})
			require.Equal(t, 2, again.attempt)
			require.GreaterOrEqual(t, again.at.Sub(failed.at), delay)
			_, starved := began.until(hunger.now())
			best = min(best, again.at.Sub(failed.at)-delay-starved)
		}
		require.Less(t, best, 100*time.Millisecond)
	})
}

// Under a transactional factory copies and offsets become visible together,
// from topic to topic.
func TestLettersInTransactions(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 2), b.Unique("billing")
		var again log[int]
		s := serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			if r.Value == "bad" {
				again.add(r.Attempt)
				return errBad
			}
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(200*time.Millisecond), factory.TransactionIDPrefix(b.Unique("tx"))))
		waitMade(t, s, topic+"-dlt")
		b.Produce(topic, kafkatest.KV("a", "good").OnPartition(0), kafkatest.KV("b", "bad").OnPartition(0), kafkatest.KV("c", "good").OnPartition(0))
		dead := b.WaitRecords(topic+"-dlt", 1)
		require.Len(t, dead, 1)
		l := letterOf(t, dead[0])
		require.Equal(t, []any{topic, int64(1), 2}, []any{l.Topic, l.Offset, l.Attempts})
		b.WaitCommitted(group, topic, 0, 3)
		seen := again.list()
		require.Contains(t, seen, 1)
		require.Equal(t, 2, seen[len(seen)-1])
	})
}
