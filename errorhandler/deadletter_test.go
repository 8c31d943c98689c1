package errorhandler_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

// A postbox takes what is sent, unless fail says otherwise.
type postbox struct {
	sent []listener.Outgoing
	fail func(listener.Outgoing) error
}

func (p *postbox) Publish(_ context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	if p.fail != nil {
		if err := p.fail(r); err != nil {
			done(listener.Sent{}, err)
			return
		}
	}
	p.sent = append(p.sent, r)
	done(listener.Sent{Topic: r.Topic, Partition: r.Partition}, nil)
}

func (p *postbox) last() listener.Outgoing { return p.sent[len(p.sent)-1] }

type lost struct{ error }

func (lost) Misaddressed() bool { return true }
func (l lost) Unwrap() error    { return l.error }

func failure(err error) errorhandler.Failure {
	return errorhandler.Failure{
		Invocation: listener.Invocation{Listener: "orders", Group: "billing"}, Attempt: 3, Since: time.Now().Add(-time.Minute), Err: err,
		Records: []*listener.RawRecord{{
			Topic: "orders", Partition: 2, Offset: 42, Timestamp: time.UnixMilli(1000), Key: []byte("k"), Value: []byte("v"),
			Headers: listener.Headers{{Key: "trace", Value: []byte("1")}},
		}},
	}
}

func TestADeadLetterSaysWhereItIsFrom(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	d := &errorhandler.DeadLetters{Sender: box}
	f := failure(fmt.Errorf("charge: %w", listener.Fatal(boom)))
	before := time.Now()
	require.NoError(t, d.Recover(t.Context(), f))
	after := time.Now()
	out := box.last()
	require.Equal(t, "orders-dlt", out.Topic)
	require.EqualValues(t, 2, out.Partition)
	require.True(t, out.Timestamp.IsZero(), "an old time would delete it early")
	require.Equal(t, "k", string(out.Key))
	require.Equal(t, "v", string(out.Value))
	require.Equal(t, listener.Header{Key: "trace", Value: []byte("1")}, out.Headers[0])
	l, ok := letter.Read(out.Headers)
	require.True(t, ok)
	require.WithinRange(t, l.Last, before.Truncate(time.Millisecond), after, "headers have milliseconds")
	require.WithinDuration(t, f.Since.Truncate(time.Millisecond), l.First, 0)
	l.First, l.Last = time.Time{}, time.Time{}
	require.Equal(t, letter.Letter{
		Topic: "orders", Partition: 2, Offset: 42, Timestamp: time.UnixMilli(1000), Group: "billing", Listener: "orders", Attempts: 3,
		ErrorType: "*errors.errorString", Error: "charge: boom",
	}, l)
}

func TestNullKeysAndTombstonesStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	f := failure(boom)
	f.Records[0].Key, f.Records[0].Value = nil, nil
	require.NoError(t, (&errorhandler.DeadLetters{Sender: box}).Recover(t.Context(), f))
	require.Nil(t, box.last().Key)
	require.Nil(t, box.last().Value)
}

func TestAStackOnlyWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	f := failure(&errorhandler.PanicError{Value: 1, Stack: []byte("goroutine 7")})
	require.NoError(t, (&errorhandler.DeadLetters{Sender: box}).Recover(t.Context(), f))
	_, there := box.last().Headers.Get(letter.HeaderStack)
	require.False(t, there)
	require.NoError(t, (&errorhandler.DeadLetters{Sender: box, Stack: true}).Recover(t.Context(), f))
	stack, _ := box.last().Headers.Get(letter.HeaderStack)
	require.Equal(t, "goroutine 7", string(stack))
}

// A source has more partitions than its dead-letter topic: the key decides.
func TestAMissingPartitionIsReplacedByTheKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		box := &postbox{fail: func(r listener.Outgoing) error {
			if r.Partition == 2 {
				asked++
				return lost{errors.New("no such partition")}
			}
			return nil
		}}
		d := &errorhandler.DeadLetters{Sender: box}
		for range 3 {
			require.NoError(t, d.Recover(t.Context(), failure(boom)))
			require.Equal(t, listener.AnyPartition, box.last().Partition)
		}
		require.Equal(t, 1, asked, "it is remembered")
		time.Sleep(2 * time.Minute) //nolint:forbidigo // fake time
		box.fail = nil
		require.NoError(t, d.Recover(t.Context(), failure(boom)))
		require.EqualValues(t, 2, box.last().Partition, "and asked for again after a while")
	})
}

func TestWhatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	box := &postbox{fail: func(listener.Outgoing) error { return lost{boom} }}
	err := (&errorhandler.DeadLetters{Sender: box}).Recover(t.Context(), failure(boom))
	require.ErrorIs(t, err, boom)
	require.ErrorContains(t, err, "orders-dlt")
	require.Error(t, (&errorhandler.DeadLetters{}).Recover(t.Context(), failure(boom)))
}

func TestRecordsGoFromDelayToDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := &postbox{}
		d := &errorhandler.DeadLetters{
			Sender: box, Group: "billing", Listener: "orders", Retries: []time.Duration{time.Second, 10 * time.Second, 10 * time.Second},
			Own: func(topic string) bool { return strings.HasPrefix(topic, "orders-billing-retry-") },
		}
		f := failure(boom)
		for i, want := range []string{"orders-billing-retry-1s", "orders-billing-retry-10s", "orders-billing-retry-10s", "orders-dlt"} {
			require.NoError(t, d.Recover(t.Context(), f))
			out := box.last()
			require.Equal(t, want, out.Topic)
			l, ok := letter.Read(out.Headers)
			require.True(t, ok)
			require.Equal(t, 3+i, l.Attempts, "they go on over topics")
			require.Equal(t, []any{"orders", int32(2), int64(42), "orders"}, []any{l.Topic, l.Partition, l.Offset, l.Listener})
			if i < 3 {
				require.Equal(t, i+1, l.Retries)
				require.Equal(t, d.Retries[i], l.Due.Sub(time.Now().UTC().Truncate(time.Millisecond)))
			} else {
				require.Zero(t, l.Due)
			}
			require.Len(t, letter.Strip(out.Headers), 1)
			f.Attempt = 1
			f.Invocation.Listener, f.Invocation.Group = "orders-retry", "billing-retry"
			f.Records = []*listener.RawRecord{{Topic: out.Topic, Partition: out.Partition, Offset: 7, Key: out.Key, Value: out.Value, Headers: out.Headers}}
		}
	})
}

func TestWhatIsNotWorthARetryIsDeadAtOnce(t *testing.T) {
	t.Parallel()
	other := errors.New("other")
	for _, tt := range []struct {
		err  error
		dead bool
	}{
		{boom, false},
		{listener.Fatal(boom), true},
		{&listener.DecodeError{Part: "value", Err: boom}, true},
		{fmt.Errorf("wrapped: %w", other), true},
	} {
		box := &postbox{}
		d := &errorhandler.DeadLetters{Sender: box, Retries: []time.Duration{time.Second}, Retriable: func(err error) bool { return !errors.Is(err, other) }}
		require.NoError(t, d.Recover(t.Context(), failure(tt.err)))
		require.Equal(t, tt.dead, box.last().Topic == "orders-dlt", "%v", tt.err)
	}
}

// Whoever writes to a source topic can't choose where its records go, or how often.
func TestForgedHeadersCountForNothing(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	d := &errorhandler.DeadLetters{Sender: box, Retries: []time.Duration{time.Second}, Own: func(topic string) bool { return topic != "orders" }}
	f := failure(boom)
	f.Records[0].Headers = letter.Letter{Topic: "payments", Partition: 1, Offset: 1, Attempts: 99, Retries: 5, Due: time.Now().Add(time.Hour), Replays: 2}.Headers(nil)
	require.NoError(t, d.Recover(t.Context(), f))
	require.Equal(t, "orders-billing-retry-1s", box.last().Topic)
	l, _ := letter.Read(box.last().Headers)
	require.Equal(t, "orders", l.Topic)
	require.Equal(t, 3, l.Attempts)
	require.Equal(t, 2, l.Replays, "nothing is decided by it")
}

func TestErrorsThatPanicHaveANameAllTheSame(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	require.NoError(t, (&errorhandler.DeadLetters{Sender: box}).Recover(t.Context(), failure((*listener.DecodeError)(nil))))
	l, _ := letter.Read(box.last().Headers)
	require.Equal(t, "*errorhandler.PanicError", l.ErrorType)
	require.Contains(t, l.Error, "*listener.DecodeError")
}

// fmt wraps two errors that are nil into one without any: its text stays.
func TestAnErrorThatWrapsNothingKeepsItsText(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	var none error
	err := fmt.Errorf("charge: %w, %w", none, none)
	require.NoError(t, (&errorhandler.DeadLetters{Sender: box}).Recover(t.Context(), failure(err)))
	l, _ := letter.Read(box.last().Headers)
	require.Equal(t, "*fmt.wrapErrors", l.ErrorType)
	require.Contains(t, l.Error, "charge: ")
}

// A boxTx is a transaction into a postbox.
type boxTx struct{ listener.Sender }

func (boxTx) ID() string      { return "tx" }
func (boxTx) Cluster() string { return "" }
func (boxTx) Fail(error)      {}

// A topic that is made later has the partition: only one that is missing in a
// topic that is there is passed over.
func TestATopicThatWasMissingGetsItsPartitions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "transactional"} {
		ctx, box := t.Context(), &postbox{fail: func(listener.Outgoing) error { return lost{boom} }}
		if name == "transactional" {
			ctx = listener.WithTx(ctx, boxTx{Sender: box})
		}
		d := &errorhandler.DeadLetters{Sender: box}
		for range 4 {
			require.Error(t, d.Recover(ctx, failure(boom)), name)
		}
		box.fail = nil
		require.NoError(t, d.Recover(ctx, failure(boom)), name)
		require.EqualValues(t, 2, box.last().Partition, name)
	}
}

// The log names the way of a record that is recovered: its first stop is a retry topic, not the dead letters.
func TestDeadLettersSayWhereRecordsGo(t *testing.T) {
	t.Parallel()
	require.Equal(t, "dead-letter topic {topic}-dlt", (&errorhandler.DeadLetters{}).String())
	d := &errorhandler.DeadLetters{Topic: "dead", Retries: []time.Duration{time.Second, time.Minute}}
	require.Equal(t, "retry topics after [1s 1m0s], then dead-letter topic dead", d.String())
}

// A failure's line names the topic that its record goes to, not the pattern of it.
func TestDeadLettersNameTheTopicThatIsNext(t *testing.T) {
	d := &errorhandler.DeadLetters{Group: "billing", Retries: []time.Duration{time.Minute}}
	f := errorhandler.Failure{Records: []*listener.RawRecord{{Topic: "orders"}}, Err: errors.New("bad")}
	require.Equal(t, "retry topic orders-billing-retry-1m", errorhandler.NameFor(d, f))
	require.Equal(t, "recover by retry topic orders-billing-retry-1m (why)", errorhandler.Verdict{Kind: errorhandler.KindRecover, Recoverer: d, Note: "why"}.Of(f))
	f.Err = listener.Fatal(f.Err)
	require.Equal(t, "dead-letter topic orders-dlt", errorhandler.NameFor(d, f))
	d.Topic = "dead-{group}"
	require.Equal(t, "dead-letter topic dead-billing", errorhandler.NameFor(d, f))
	require.Equal(t, "skip", errorhandler.Skip().Of(f))
	require.Equal(t, errorhandler.NameOf(d), errorhandler.NameFor(d, errorhandler.Failure{}))
}
