package factory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestRetryTopicsMakeAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := one(t, `
kafka:
  consumer: {group-id: billing, auto-offset-reset: none}
  listener: {concurrency: 3, workers: 2, retry-topics.delays: [1s, 10s, 10s]}
`, nil, on("orders", listener.Topics("orders", "refunds")))
	r := s.Retry
	require.NotNil(t, r)
	require.Equal(t, []any{"orders-retry", "billing-retry", 1, 6}, []any{r.ID, r.Group, r.Concurrency, r.Workers})
	require.Equal(t, []string{
		"orders-billing-retry-10s", "orders-billing-retry-1s", "refunds-billing-retry-10s", "refunds-billing-retry-1s",
	}, r.Topics)
	require.Equal(t, "billing-retry", r.Client["group.id"])
	require.Equal(t, "hearken-orders-retry", r.Client["client.id"])
	require.Equal(t, "earliest", r.Client["auto.offset.reset"], "what was sent before its group was there counts")
	require.Equal(t, spec.Earliest, r.Reset)
	require.NotNil(t, r.DeadLetter)
	require.Nil(t, r.Beside)
	require.NotNil(t, s.Beside)
	require.Contains(t, r.Text, "# retry topics of # listener orders")
}

func TestKafkaRetryTopicIsForAllListeners(t *testing.T) {
	t.Parallel()
	yaml := "kafka.retry.topic: {enabled: true, attempts: 4, backoff: {delay: 1s, multiplier: 10, max-delay: 1m}}"
	s := one(t, yaml, nil, on("orders", listener.Topics("orders"), listener.GroupID("g")))
	require.Equal(t, []string{"orders-g-retry-10s", "orders-g-retry-1m", "orders-g-retry-1s"}, s.Retry.Topics)
	require.Nil(t, one(t, yaml, nil, on("orders", listener.Topics("orders"), factory.NoRetryTopics())).Retry)
	s = one(t, yaml, nil, on("all", listener.Topics("^orders-.*")))
	require.Nil(t, s.Retry)
	require.Len(t, s.Notes, 1)
	require.Contains(t, s.Notes[0], "kafka.retry.topic (yaml:1) is not used: retry topics of a pattern")
	require.Equal(t, []string{"o-g-retry-1s", "o-g-retry-2s", "o-g-retry-3s"}, one(t, "", nil,
		on("o", listener.Topics("o"), listener.GroupID("g"), factory.RetryTopicsExponential(5, time.Second, 2, 3*time.Second))).Retry.Topics)
}

func TestLettersThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		opts       []listener.Option
	}{
		{"a pattern", "retry topics of a pattern", []listener.Option{listener.Topics("^a.*"), factory.RetryTopics(time.Second)}},
		{"broadcast", "retry topics beside broadcast", []listener.Option{listener.Topics("a"), listener.Broadcast(), factory.RetryTopics(time.Second)}},
		{"no dead letters", "which end in a dead-letter topic", []listener.Option{listener.Topics("a"), factory.NoDeadLetter(), factory.RetryTopics(time.Second)}},
		{"a pattern that takes its own dead letters", "name one topic that the pattern does not match", []listener.Option{listener.Topics("^a.*"), factory.DeadLetter()}},
		{"a pattern that matches the name", "a dead letter would be its next record", []listener.Option{listener.Topics("^a.*"), factory.DeadLetterTopic("a-dead")}},
		{"its own topic", "a dead letter would be its next record", []listener.Option{listener.Topics("a"), factory.DeadLetterTopic("a")}},
		{"no name", "can't be the name of a topic", []listener.Option{listener.Topics("a"), factory.DeadLetterTopic("a b")}},
		{"a negative delay", "is no delay", []listener.Option{listener.Topics("a"), factory.RetryTopics(-time.Second)}},
		{"a part of a millisecond", "is no delay", []listener.Option{listener.Topics("a"), factory.RetryTopics(time.Microsecond)}},
		{"nobody's dead letters", "there is no listener", []listener.Option{listener.DeadLettersOf("b")}},
		{"two subscriptions", "stands beside topics", []listener.Option{listener.Topics("a"), listener.DeadLettersOf("b")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := factory.Specs(nil, nil, []listener.Listener{on("x", tt.opts...)})
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := factory.Specs(nil, nil, []listener.Listener{
		on("x", listener.Topics("a"), factory.RetryTopics(time.Second)), on("x-retry", listener.Topics("b")),
	})
	require.ErrorIs(t, err, factory.ErrDuplicateListener)
}

func TestAListenerOfDeadLetters(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.DeadLetter())}
	specs, err := factory.Specs(nil, fs, []listener.Listener{
		on("dead", listener.DeadLettersOf("orders"), listener.Factory("f")), on("orders", listener.Topics("orders", "refunds"), listener.Factory("f")),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"orders-dlt", "refunds-dlt"}, specs[0].Topics)
	require.Nil(t, specs[0].DeadLetter, "dead letters have none of their own")
	require.NotNil(t, specs[1].DeadLetter)
	_, err = factory.Specs(nil, nil, []listener.Listener{on("dead", listener.DeadLettersOf("orders")), on("orders", listener.Topics("orders"))})
	require.ErrorContains(t, err, "has no dead-letter topic")
}

// A handler sees the record as it was; one of another group is not its own.
func TestARetryIsTheOriginalRecord(t *testing.T) {
	t.Parallel()
	var got []listener.Record[string]
	l := listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
		got = append(got, r)
		return nil
	}, listener.Topics("orders"), listener.GroupID("billing"), factory.RetryTopics(time.Second))
	specs, err := factory.Specs(nil, nil, []listener.Listener{l})
	require.NoError(t, err)
	at := time.UnixMilli(1000)
	deliver := func(group string) {
		letters := letter.Letter{Topic: "orders", Partition: 3, Offset: 42, Timestamp: at, Group: group, Attempts: 2, Retries: 1, Due: time.Now()}
		d := &listener.Delivery{Attempt: 1, Records: []*listener.RawRecord{{
			Topic: "orders-billing-retry-1s", Offset: 7, Attempt: 1, Key: []byte("k"), Value: []byte("v"),
			Headers: letters.Headers(listener.Headers{{Key: "trace"}}),
		}}}
		if r := specs[0].Retry; r.Filters[0](t.Context(), d.Records[0]) {
			require.NoError(t, r.Arrive(r.Handler)(t.Context(), d))
		}
	}
	deliver("billing")
	deliver("shipping")
	require.Equal(t, []listener.Record[string]{{
		Topic: "orders", Partition: 3, Offset: 42, Timestamp: at, Key: "k", Value: "v", Attempt: 3, LeaderEpoch: -1,
		Headers: listener.Headers{{Key: "trace"}},
	}}, got)
}

// A forged due time holds a record for its topic's delay at the most.
func TestATimeThatIsTooFarAwayIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("orders", listener.Topics("orders"), listener.GroupID("g"), factory.RetryTopics(time.Minute)))
	record := func(offset int64, due time.Time) *listener.RawRecord {
		l := letter.Letter{Topic: "orders", Group: "g", Retries: 1, Due: due}
		return &listener.RawRecord{Topic: "orders-g-retry-1m", Offset: offset, Headers: l.Headers(nil)}
	}
	soon := time.Now().Add(30 * time.Second)
	require.WithinDuration(t, soon, s.Retry.NotBefore(record(1, soon)), time.Millisecond)
	require.False(t, s.Retry.NotBefore(record(1, soon)).Before(soon), "never early")
	far := record(2, time.Now().Add(time.Hour))
	held := s.Retry.NotBefore(far)
	require.WithinDuration(t, time.Now().Add(time.Minute), held, 5*time.Second)
	require.Equal(t, held, s.Retry.NotBefore(far), "it does not move away")
	require.Zero(t, s.Retry.NotBefore(&listener.RawRecord{Topic: "orders-g-retry-1m", Headers: listener.Headers{{Key: letter.HeaderDue, Value: []byte("soon")}}}))
}

func TestDeadLettersAreGivenUpAfterTenAttempts(t *testing.T) {
	t.Parallel()
	h := one(t, "kafka.listener.dead-letter.enabled: true", nil, on("orders", listener.Topics("orders"))).ErrorHandler
	kind := func(attempt int, err error) errorhandler.Kind {
		return h.Handle(t.Context(), errorhandler.Failure{Attempt: attempt, Err: err}).Kind
	}
	require.Equal(t, errorhandler.KindRedeliver, kind(9, errors.New("x")))
	require.Equal(t, errorhandler.KindDeadLetter, kind(10, errors.New("x")))
	require.Equal(t, errorhandler.KindDeadLetter, kind(1, listener.Fatal(errors.New("x"))))
}

func TestRedeliveriesGoByRetryTopics(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	own := errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
		if errors.Is(f.Err, bad) {
			return errorhandler.Skip()
		}
		return errorhandler.Redeliver(time.Second)
	})
	s := one(t, "", nil, on("orders", listener.Topics("orders"), factory.RetryTopics(time.Second), factory.ErrorHandler(own)))
	for _, h := range []errorhandler.Handler{s.ErrorHandler, s.Retry.ErrorHandler} {
		require.Equal(t, errorhandler.KindDeadLetter, h.Handle(t.Context(), errorhandler.Failure{Err: errors.New("x")}).Kind)
		require.Equal(t, errorhandler.KindSkip, h.Handle(t.Context(), errorhandler.Failure{Err: bad}).Kind)
	}
}
