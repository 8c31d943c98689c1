package template_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// An otherSide answers the requests of a fixture by hand.
type otherSide struct {
	f    *fixture
	l    listener.Listener
	life listener.RebalanceListener
	read listener.HandlerFunc
	next int64
}

var replyParts = []listener.TopicPartition{{Topic: "replies", Partition: 0}}

func other(f *fixture) *otherSide {
	o := &otherSide{f: f, l: f.Replies()}
	o.life = spec.FromListener(o.l.Options()).Rebalance.V.(listener.RebalanceListener)
	var err error
	o.read, err = o.l.Bind(listener.Codecs{})
	require.NoError(f.t, err)
	return o
}

func (o *otherSide) assign() map[listener.TopicPartition]listener.Position {
	parts := listener.NewAssigned(replyParts)
	o.life.Assigned(o.f.t.Context(), parts)
	return parts.Seeks()
}

// reply gives the reply listener a record.
func (o *otherSide) reply(value string, headers ...listener.Header) {
	r := listener.RawRecord{Topic: "replies", Offset: o.next, Value: []byte(value), Headers: headers, LeaderEpoch: -1}
	o.next++
	require.NoError(o.f.t, o.read(o.f.t.Context(), &listener.Delivery{Records: []*listener.RawRecord{&r}, Attempt: 1}))
}

// sent waits for n requests in the log, and returns the correlation of the last.
func (o *otherSide) sent(n int) listener.Header {
	synctest.Wait()
	all := o.f.requests()
	require.Len(o.f.t, all, n)
	id, ok := all[n-1].Get(listener.CorrelationHeader)
	require.True(o.f.t, ok)
	require.Len(o.f.t, id, 16)
	return listener.Header{Key: listener.CorrelationHeader, Value: id}
}

// requests are the headers of all that was sent.
func (f *fixture) requests() []listener.Headers {
	var out []listener.Headers
	for _, r := range f.log.Stored("quotes") {
		out = append(out, r.Headers)
	}
	return out
}

type outcome struct {
	reply string
	err   error
}

// request asks in the background.
func (f *fixture) request(ctx context.Context) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		reply, err := template.Request[string](ctx, f.Template, "quotes", "k", "how much?")
		done <- outcome{reply, err}
	}()
	return done
}

func requesting() template.Options {
	return template.Options{Replies: template.ReplyOptions{Topic: "replies"}}
}

func TestRequestGetsItsReply(t *testing.T) {
	o := requesting()
	o.Replies.Partition = new(int32(3))
	run(t, o, func(f *fixture) {
		o := other(f)
		require.Equal(t, "replies-default", o.l.ID())
		require.Equal(t, []string{"replies[3]@end"}, spec.FromListener(o.l.Options()).Partitions.V)
		require.Equal(t, listener.FromTime(time.Now().Add(-time.Minute)), o.assign()[replyParts[0]])
		one, two := f.request(f.t.Context()), (<-chan outcome)(nil)
		first := o.sent(1)
		two = f.request(f.t.Context())
		second := o.sent(2)
		headers := f.requests()[0]
		topic, _ := headers.Get(listener.ReplyTopicHeader)
		require.Equal(t, "replies", string(topic))
		partition, _ := headers.Get(listener.ReplyPartitionHeader)
		require.Equal(t, []byte{0, 0, 0, 3}, partition)
		o.reply("2", second)
		o.reply("1", first)
		require.Equal(t, outcome{reply: "1"}, <-one)
		require.Equal(t, outcome{reply: "2"}, <-two)
		require.Equal(t, template.RequestCounts{Answered: 2}, f.RequestCounts())
	})
}

func TestRequestWaitsForTheReplyListener(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		o := other(f)
		within(t, 5*time.Second, func() {
			_, err := template.Request[string](f.t.Context(), f.Template, "quotes", "k", "v")
			require.ErrorIs(t, err, template.ErrNotRequested)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, `the listener "replies-default" has no partition of the reply topic replies`)
		})
		require.Empty(t, f.requests())
		done := f.request(f.t.Context())
		synctest.Wait()
		require.Empty(t, f.requests(), "nothing is sent before")
		o.assign()
		o.reply("1", o.sent(1))
		require.Equal(t, outcome{reply: "1"}, <-done)

		o.life.RevokedBeforeCommit(f.t.Context(), replyParts)
		done = f.request(f.t.Context())
		synctest.Wait()
		require.Len(t, f.requests(), 1, "nor in a gap")
		o.assign()
		o.reply("2", o.sent(2))
		require.Equal(t, outcome{reply: "2"}, <-done)
	})
}

// TestAssignedAgainReadsWhatWasMissed: the listener begins before the oldest
// request that waits, and what it reads twice is no news.
func TestAssignedAgainReadsWhatWasMissed(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		o := other(f)
		o.assign()
		answered := f.request(f.t.Context())
		id := o.sent(1)
		o.reply("1", id)
		<-answered
		began := time.Now()
		waiting := f.request(f.t.Context())
		other := o.sent(2)
		<-time.After(3 * time.Second)
		o.life.Lost(f.t.Context(), replyParts)
		require.Equal(t, listener.FromTime(began.Add(-time.Minute)), o.assign()[replyParts[0]])
		o.next = 0
		o.reply("1", id)
		o.reply("2", other)
		require.Equal(t, outcome{reply: "2"}, <-waiting)
		require.Equal(t, template.RequestCounts{Answered: 2}, f.RequestCounts())
		require.Empty(t, found[event.ReplyUnexpected](f))
	})
}

func TestLateAndForeignReplies(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		o := other(f)
		o.assign()
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		done := f.request(ctx)
		id := o.sent(1)
		got := <-done
		require.ErrorIs(t, got.err, template.ErrNoReply)
		require.ErrorIs(t, got.err, context.DeadlineExceeded)
		require.EqualError(t, got.err, `template "default": request to quotes: no reply came: context deadline exceeded`)
		require.NotErrorIs(t, got.err, template.ErrNotRequested)
		o.reply("late", id)
		o.reply("foreign", listener.Header{Key: listener.CorrelationHeader, Value: []byte("0123456789abcdef")})
		o.reply("not even a reply")
		require.Equal(t, template.RequestCounts{Late: 1, Foreign: 2}, f.RequestCounts())
		require.Equal(t, []event.ReplyUnexpected{{Template: "default", Partition: event.Partition{Topic: "replies"}}}, found[event.ReplyUnexpected](f))

		done = f.request(f.t.Context())
		id = o.sent(2)
		o.reply("once", id)
		o.reply("twice", id)
		require.Equal(t, outcome{reply: "once"}, <-done)
		require.Len(t, found[event.ReplyUnexpected](f), 2)
	})
}

func TestRequestTimesOutByItself(t *testing.T) {
	o := requesting()
	o.Replies.Timeout = 2 * time.Second
	run(t, o, func(f *fixture) {
		other(f).assign()
		began := time.Now()
		got := <-f.request(f.t.Context())
		require.ErrorIs(t, got.err, template.ErrNoReply)
		require.Equal(t, 2*time.Second, time.Since(began))
		require.Zero(t, f.RequestCounts().Pending)
	})
}

func TestErrorReply(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		o := other(f)
		o.assign()
		done := f.request(f.t.Context())
		o.reply("", o.sent(1), listener.Header{Key: listener.ReplyErrorHeader, Value: []byte("no such\nitem")})
		got := <-done
		var refused *template.ReplyError
		require.ErrorAs(t, got.err, &refused)
		require.Equal(t, "no such\nitem", refused.Message)
		require.NotContains(t, got.err.Error(), "\n")
	})
}

func TestRequestsThatCantBeSent(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		other(f).assign()
		_, err := template.Request[string](f.t.Context(), f.Template, "no topic!", "k", "v")
		var failed *template.SendError
		require.ErrorAs(t, err, &failed)
		_, err = template.Request[string](f.t.Context(), f.Template, "quotes", "k", func() {})
		var encode *listener.EncodeError
		require.ErrorAs(t, err, &encode)
		require.Zero(t, f.RequestCounts().Pending)
	})
	run(t, template.Options{}, func(f *fixture) {
		_, err := template.Request[string](f.t.Context(), f.Template, "quotes", "k", "v")
		require.ErrorIs(t, err, template.ErrNotRequested)
		_, err = f.Replies().Bind(listener.Codecs{})
		require.ErrorContains(t, err, `listener "replies-default" (template/request_test.go:`)
		require.ErrorContains(t, err, "set Replies.Topic")
	})
	o := requesting()
	o.TransactionIDPrefix = "tx"
	run(t, o, func(f *fixture) {
		other(f).assign()
		err := f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			_, err := template.Request[string](ctx, f.Template, "quotes", "k", "v")
			return err
		})
		require.ErrorIs(t, err, template.ErrNotRequested)
		require.ErrorContains(t, err, "nobody reads it before transaction")
		_, err = template.Request[string](f.t.Context(), f.Template, "quotes", "k", "v")
		require.ErrorIs(t, err, template.ErrNoTransaction)
	})
}

func TestPendingRequestsAreBounded(t *testing.T) {
	o := requesting()
	o.Replies.MaxPending = 2
	run(t, o, func(f *fixture) {
		o := other(f)
		o.assign()
		one, two := f.request(f.t.Context()), f.request(f.t.Context())
		id := o.sent(2)
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		got := <-f.request(ctx)
		require.ErrorIs(t, got.err, template.ErrNotRequested)
		require.ErrorContains(t, got.err, "2 requests wait for their replies")
		three := f.request(f.t.Context())
		synctest.Wait()
		require.Len(t, f.requests(), 2)
		o.reply("x", id)
		o.reply("3", o.sent(3))
		require.Equal(t, outcome{reply: "3"}, <-three)
		<-one
		<-two
	})
}

func TestCloseEndsRequests(t *testing.T) {
	run(t, requesting(), func(f *fixture) {
		o := other(f)
		waiting := f.request(f.t.Context())
		synctest.Wait()
		o.assign()
		o.sent(1)
		o.life.RevokedBeforeCommit(f.t.Context(), replyParts)
		notYet := f.request(f.t.Context())
		synctest.Wait()
		within(t, time.Second, func() { require.NoError(t, f.Close(f.t.Context())) })
		require.ErrorIs(t, (<-waiting).err, template.ErrClosed)
		require.ErrorIs(t, (<-notYet).err, template.ErrClosed)
		require.ErrorIs(t, (<-f.request(f.t.Context())).err, template.ErrClosed)
	})
}

func TestReplyOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := template.New(template.Options{Replies: template.ReplyOptions{
		Topic: "${x}", Partition: new(int32(-1)), Timeout: -1, MaxPending: -1,
	}})
	for _, want := range []string{"the reply topic is not a topic's name", "reply partition is -1", "timeout of requests is -1ns", "max pending requests is -1"} {
		require.ErrorContains(t, err, want)
	}
}

// TestPublishOutsideATransaction: what the framework sends does not need one.
func TestPublishOutsideATransaction(t *testing.T) {
	run(t, transactional(), func(f *fixture) {
		_, err := listener.Publish(f.t.Context(), f.Template, listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition, Value: []byte("v")})
		require.NoError(t, err)
		_, err = f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorIs(t, err, template.ErrNoTransaction)
		boom := errors.New("boom")
		require.Equal(t, boom, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			_, err := listener.Publish(ctx, f.Template, listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition, Value: []byte("w")})
			require.NoError(t, err)
			return boom
		}))
		require.Equal(t, []string{"v"}, f.records())
	})
}

// TestInterceptorsMayKeepKeys: those of sends and of requests, which the
// template writes to memory that it uses again.
func TestInterceptorsMayKeepKeys(t *testing.T) {
	o := requesting()
	var keys [][]byte
	o.Interceptors = []template.Interceptor{func(next template.SendFunc) template.SendFunc {
		return func(ctx context.Context, r listener.Outgoing) *template.Future {
			keys = append(keys, r.Key)
			return next(ctx, r)
		}
	}}
	run(t, o, func(f *fixture) {
		other(f).assign()
		want := []string{"a", "b", "c", "d"}
		for i, key := range want {
			ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
			if i%2 == 0 {
				_, _ = template.Request[string](ctx, f.Template, "quotes", key, "v")
			} else {
				_, err := f.Send(ctx, "orders", key, "v")
				require.NoError(f.t, err)
			}
			cancel()
		}
		var got []string
		for _, key := range keys {
			got = append(got, string(key))
		}
		require.Equal(f.t, want, got)
	})
}
