package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/springapp"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// answer serves requests until ctx is done.
func (j job) answer(ctx context.Context) error {
	t, err := template.New(template.Options{BootstrapServers: j.Brokers})
	if err != nil {
		return err
	}
	defer func() { _ = t.Close(context.Background()) }()
	cfg, err := config.Load(config.Map(settings(j.Brokers, j.Settings)), config.Environ())
	if err != nil {
		return err
	}
	reg, err := factory.Build(cfg, nil, []listener.Listener{echoing(t, j.Topic, j.Group, j.Replies)})
	if err != nil {
		return err
	}
	return reg.Run(ctx)
}

// echoing answers each request with "re:" and its value, and "bad" with an error.
func echoing(t *template.Template, topic, group, replies string, opts ...listener.Option) listener.Listener {
	return listener.OnRequest("echo", func(_ context.Context, r listener.Record[string]) (string, error) {
		if r.Value == "bad" {
			return "", errors.New("that was bad")
		}
		return "re:" + r.Value, nil
	}, append([]listener.Option{
		listener.Topics(topic), listener.GroupID(group), listener.ReplyToHeader(regexp.QuoteMeta(replies)), listener.ReplyErrors(), factory.Sender(t),
	}, opts...)...)
}

// asking makes a template whose reply listener runs.
func asking(t *testing.T, b *kafkatest.Broker, name string, o template.ReplyOptions) (*template.Template, *service) {
	t.Helper()
	tpl := newTemplate(t, b, template.Options{Name: name, Replies: o})
	return tpl, serve(t, b, tpl.Replies())
}

func TestRequestAndReply(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		requests, replies := b.NewTopic("requests", 2), b.NewTopic("replies", 2)
		tpl, _ := asking(t, b, "one", template.ReplyOptions{Topic: replies, Timeout: patience})
		other, _ := asking(t, b, "two", template.ReplyOptions{Topic: replies, Timeout: patience, Partition: new(int32(1))})
		s := serve(t, b, echoing(newTemplate(t, b, template.Options{}), requests, b.Unique("echo"), replies))

		got, err := template.Request[string](t.Context(), tpl, requests, "k", "hello")
		require.NoError(t, err)
		require.Equal(t, "re:hello", got)
		got, err = template.Request[string](t.Context(), other, requests, "k", "hello, too")
		require.NoError(t, err)
		require.Equal(t, "re:hello, too", got)
		var refused *template.ReplyError
		_, err = template.Request[string](t.Context(), tpl, requests, "k", "bad")
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "that was bad", refused.Message)
		raw, err := other.RequestRaw(t.Context(), listener.Outgoing{Topic: requests, Partition: listener.AnyPartition, Key: []byte("key"), Value: []byte("raw")})
		require.NoError(t, err)
		require.Equal(t, "key", string(raw.Key))
		require.EqualValues(t, 1, raw.Partition, "replies go where the request wants them")
		eventually(t, "each instance reads the other's replies", func() (bool, string) {
			n := tpl.RequestCounts()
			return n.Foreign == 2 && n.Answered == 2 && n.Late == 0, fmt.Sprintf("%+v", n)
		})

		stranger := newTemplate(t, b, template.Options{Name: "stranger"})
		for _, to := range []string{"elsewhere", requests, ""} {
			_, err := stranger.Send(t.Context(), requests, "k", "v", template.Header(listener.ReplyTopicHeader, []byte(to)))
			require.NoError(t, err)
		}
		eventually(t, "requests without a place for a reply are done", func() (bool, string) {
			n := len(found[event.RequestUnanswered](s))
			return n == 3, fmt.Sprint(n)
		})
		require.Empty(t, found[event.RecordFailed](s))
	})
}

// TestReplyInATransaction: a reply joins the transaction around its handler;
// without one it goes by a plain producer, by a transactional template, too.
func TestReplyInATransaction(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		requests, plain, replies, ledger := b.NewTopic("requests", 1), b.NewTopic("plain", 1), b.NewTopic("replies", 1), b.NewTopic("ledger", 1)
		tx := newTemplate(t, b, template.Options{Name: "tx", TransactionIDPrefix: b.Unique("tx")})
		var tries atomic.Int64
		booking := listener.OnRequest("booking", func(ctx context.Context, r listener.Record[string]) (string, error) {
			n := tries.Add(1)
			if _, err := tx.Send(ctx, ledger, r.Key, fmt.Sprint(r.Value, n)); err != nil {
				return "", err
			}
			if n == 1 {
				return "", errOnPurpose
			}
			return fmt.Sprint("booked ", n), nil
		}, listener.Topics(requests), listener.GroupID(b.Unique("g")), listener.ReplyTo(replies), factory.Sender(tx), listener.Use(template.Transactional(tx)))
		serve(t, b, booking, echoing(tx, plain, b.Unique("g"), replies))
		tpl, _ := asking(t, b, "asker", template.ReplyOptions{Topic: replies, Timeout: patience})
		got, err := template.Request[string](t.Context(), tpl, requests, "k", "a")
		require.NoError(t, err)
		require.Equal(t, "booked 2", got)
		require.Equal(t, []string{"a2"}, values(b, ledger, 1))
		got, err = template.Request[string](t.Context(), tpl, plain, "k", "hello")
		require.NoError(t, err)
		require.Equal(t, "re:hello", got)
		require.Equal(t, template.RequestCounts{Answered: 2}, tpl.RequestCounts())
	})
}

// TestReplyToAPlaceThatIsNotThere: what only a header names can't hold a partition up.
func TestReplyToAPlaceThatIsNotThere(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		requests, replies := b.NewTopic("requests", 1), b.NewTopic("replies", 1)
		s := serve(t, b, echoing(newTemplate(t, b, template.Options{}), requests, b.Unique("echo"), replies))
		stranger := newTemplate(t, b, template.Options{Name: "stranger"})
		_, err := stranger.Send(t.Context(), requests, "k", "v", template.Header(listener.ReplyTopicHeader, []byte(replies)),
			template.Header(listener.ReplyPartitionHeader, []byte{0, 0, 0, 99}))
		require.NoError(t, err)
		eventually(t, "the request is given up", func() (bool, string) {
			return len(found[event.RequestUnanswered](s)) == 1, ""
		})
	})
}

// TestRepliesAreReadFromTheFirstMoment: requests that are waiting when the reply
// listener gets its partitions are sent at once, and none misses its reply.
func TestRepliesAreReadFromTheFirstMoment(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		requests, replies := b.NewTopic("requests", 1), b.NewTopic("replies", 3)
		group := b.Unique("echo")
		serve(t, b, echoing(newTemplate(t, b, template.Options{}), requests, group, replies))
		waitAssigned(t, b, group, 1)
		for i := range 5 {
			tpl := newTemplate(t, b, template.Options{Name: fmt.Sprint(i), Replies: template.ReplyOptions{Topic: replies, Timeout: patience}})
			asked := make(chan error, 1)
			go func() {
				_, err := template.Request[string](context.Background(), tpl, requests, "k", "v")
				asked <- err
			}()
			s := serve(t, b, tpl.Replies())
			require.NoError(t, <-asked)
			k := s.container("replies-" + tpl.Name())
			require.NoError(t, k.Stop(t.Context())) // and a start of the same again
			require.Equal(t, container.Stopped, k.Status().State)
			go func() {
				_, err := template.Request[string](context.Background(), tpl, requests, "k", "v")
				asked <- err
			}()
			require.NoError(t, k.Start(t.Context()))
			require.NoError(t, <-asked)
		}
	})
}

// TestRequestsSurviveARestart: 10,000 requests to another process, which is
// killed and started again in between. Each ends in its own reply, or in its time-out.
func TestRequestsSurviveARestart(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel() // each of both takes its time
		// Few askers: what they ask while nobody answers is answered first by the
		// second process, for nobody. Of more, a slow machine never catches up.
		const askers, timeout, late = 16, 2 * time.Second, 20 * time.Second
		total := int64(10_000)
		if b.Embedded() {
			total = 3_000
		}
		requests, replies := b.NewTopic("requests", 4), b.NewTopic("replies", 2)
		tpl, _ := asking(t, b, "asker", template.ReplyOptions{Topic: replies})
		j := job{
			Brokers: b.Brokers(), Topic: requests, Group: b.Unique("echo"), Replies: replies, Log: filepath.Join(t.TempDir(), "log"),
			Settings: map[string]any{"kafka.listener.concurrency": 1, "kafka.listener.workers": 4, propertiesKey: map[string]any{
				"session.timeout.ms": "3000", "heartbeat.interval.ms": "300", "fetch.wait.max.ms": "50",
			}},
		}
		first := j.start(t)
		waitAssigned(t, b, j.Group, 4)
		var next, answered, silent atomic.Int64
		var askersDone sync.WaitGroup
		began, quiet := time.Now(), gap{since: time.Now()}
		for range askers {
			askersDone.Go(func() {
				for n := next.Add(1); n <= total && !t.Failed(); n = next.Add(1) {
					asked := time.Now()
					ctx, cancel := context.WithTimeout(context.Background(), timeout)
					got, err := template.Request[string](ctx, tpl, requests, fmt.Sprint(n), fmt.Sprint(n))
					cancel()
					switch took := time.Since(asked); {
					case err == nil && got == fmt.Sprintf("re:%d", n):
						answered.Add(1)
						quiet.broken()
					case errors.Is(err, template.ErrNoReply) && took >= timeout && took < timeout+late:
						silent.Add(1)
					default:
						t.Errorf("request %d: reply %q, %v, after %s", n, got, err, took)
					}
				}
			})
		}
		kafkatest.Eventually(t, time.Minute, "a third of the requests", func() (bool, string) { return answered.Load() > total/3, fmt.Sprint(answered.Load()) })
		first.kill()
		second := j.start(t)
		askersDone.Wait()
		counts := tpl.RequestCounts()
		t.Logf("%d answered, %d timed out, in %s, of which %s without an answer; %d late, %d foreign",
			answered.Load(), silent.Load(), time.Since(began), quiet.longest, counts.Late, counts.Foreign)
		require.Equal(t, total, answered.Load()+silent.Load())
		times := 2 + int64(quiet.longest/timeout) // that each asker may have been left without an answer
		require.LessOrEqual(t, silent.Load(), askers*times, tail(j.Log+".out", 20))
		require.Less(t, quiet.longest, late)
		require.Zero(t, counts.Pending)
		require.Zero(t, counts.Foreign)
		require.NoError(t, second.term(t))
	})
}

// A gap is how long nothing came, at the longest.
type gap struct {
	mu      sync.Mutex
	since   time.Time
	longest time.Duration
}

func (g *gap) broken() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.longest, g.since = max(g.longest, now.Sub(g.since)), now
}

// aSpring prepares spring-kafka, or leaves the test out.
func aSpring(t *testing.T) springapp.Program {
	t.Helper()
	p, err := springapp.Prepare(t.Context())
	if errors.Is(err, springapp.ErrUnavailable) && !allRequired() {
		t.Skip(err)
	}
	require.NoError(t, err)
	return p
}

// springLines runs a program that ends by itself, and returns what it printed
// as fields: PID, what, partition, offset, text.
func springLines(t *testing.T, s springapp.Settings) [][]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spring")
	open := func(path string) *os.File {
		f, err := os.Create(path)
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	service, err := aSpring(t).Start(s, open(path), open(path+".log"))
	require.NoError(t, err)
	t.Cleanup(service.Kill)
	select {
	case <-service.Done():
	case <-time.After(3 * patience):
		t.Fatal(tail(path+".log", 30))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(text)) {
		out = append(out, strings.Fields(line))
	}
	require.NotEmpty(t, out, tail(path+".log", 30))
	return out
}

// TestKeysLandWhereTheJavaClientPutsThem: 1,000 keys, by the template and by
// Kafka's own client.
func TestKeysLandWhereTheJavaClientPutsThem(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	const keys, parts = 1000, 12
	ours, theirs := b.NewTopic("ours", parts), b.NewTopic("theirs", parts)
	java := map[string]string{}
	for _, f := range springLines(t, springapp.Settings{"brokers": b.Brokers(), "topic": theirs, "produce": fmt.Sprint(keys)}) {
		java[f[4]] = f[2]
	}
	require.Len(t, java, keys)
	tpl := newTemplate(t, b, template.Options{})
	records := make([]template.Record, keys)
	for i := range records {
		records[i] = template.Record{Topic: ours, Key: fmt.Sprintf("key-%d", i), Value: "v"}
	}
	for i, r := range tpl.SendAll(t.Context(), records) {
		require.NoError(t, r.Err)
		require.Equal(t, java[records[i].Key], fmt.Sprint(r.Sent.Partition), records[i].Key)
	}
}

// TestSpringRequestsAreAnswered: a ReplyingKafkaTemplate talks to a listener of ours.
func TestSpringRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	const n = 200
	requests, replies := b.NewTopic("requests", 3), b.NewTopic("replies", 2)
	serve(t, b, echoing(newTemplate(t, b, template.Options{}), requests, b.Unique("echo"), replies))
	got := springLines(t, springapp.Settings{
		"brokers": b.Brokers(), "topic": requests, "replies": replies, "group": b.Unique("spring"), "request": fmt.Sprint(n),
	})
	require.Len(t, got, n)
	for i, f := range got {
		require.Equal(t, fmt.Sprintf("re:%d", i), f[4])
	}
}
