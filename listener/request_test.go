package listener_test

import (
	"context"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

// A fakeSender keeps what it is given, and answers err.
type fakeSender struct {
	sent []listener.Outgoing
	fail func(listener.Outgoing) error
}

func (s *fakeSender) Publish(_ context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	s.sent = append(s.sent, r)
	if s.fail != nil {
		if err := s.fail(r); err != nil {
			done(listener.Sent{}, err)
			return
		}
	}
	done(listener.Sent{Topic: r.Topic}, nil)
}

type nowhere struct{ error }

func (nowhere) Misaddressed() bool { return true }

type quote struct{ Cents int }

func double(_ context.Context, r listener.Record[quote]) (quote, error) {
	if r.Value.Cents < 0 {
		return quote{}, errors.New("negative\nprice")
	}
	return quote{2 * r.Value.Cents}, nil
}

func allowed(patterns ...string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range patterns {
		out = append(out, regexp.MustCompile("^(?:"+p+")$"))
	}
	return out
}

// ask runs l on one request, and returns the delivery as it is afterwards.
func ask(t *testing.T, l listener.Listener, rules listener.ReplyRules, s listener.Sender, r listener.RawRecord) (*listener.Delivery, error) {
	t.Helper()
	h, err := l.Bind(listener.Codecs{})
	require.NoError(t, err)
	if r.Topic == "" {
		r.Topic = "quotes"
	}
	d := &listener.Delivery{Records: []*listener.RawRecord{&r}, Attempt: 1}
	ctx := t.Context()
	if s != nil {
		ctx = listener.WithSender(ctx, s)
	}
	return d, listener.Replying(rules)(h)(ctx, d)
}

func request(headers ...listener.Header) listener.RawRecord {
	return listener.RawRecord{Key: []byte("k"), Value: []byte(`{"Cents":21}`), Headers: headers}
}

func header(key, value string) listener.Header {
	return listener.Header{Key: key, Value: []byte(value)}
}

func TestRequestIsAnswered(t *testing.T) {
	t.Parallel()
	l := listener.OnRequest("quotes", double)
	require.Equal(t, "OnRequest", l.Shape().String())
	require.Equal(t, "listener.Record[listener_test.quote] -> listener_test.quote", l.Types())
	s := &fakeSender{}
	d, err := ask(t, l, listener.ReplyRules{To: "replies"}, s, request(
		header(listener.CorrelationHeader, "id"), header(listener.ReplyTopicHeader, "ignored"), header("trace", "x")))
	require.NoError(t, err)
	require.NoError(t, d.Unanswered)
	require.Equal(t, []listener.Outgoing{{
		Topic: "replies", Partition: listener.AnyPartition, Key: []byte("k"), Value: []byte(`{"Cents":42}`),
		Headers: listener.Headers{header(listener.CorrelationHeader, "id")},
	}}, s.sent)
}

func TestRequestChoosesItsReplyTopic(t *testing.T) {
	t.Parallel()
	rules := listener.ReplyRules{To: "fixed", Allowed: allowed("replies-.*", "__.*", "quotes")}
	partition := func(p uint32) listener.Header {
		return listener.Header{Key: listener.ReplyPartitionHeader, Value: binary.BigEndian.AppendUint32(nil, p)}
	}
	to := func(topic string) listener.Header { return header(listener.ReplyTopicHeader, topic) }
	for name, c := range map[string]struct {
		headers []listener.Header
		topic   string // "" for no reply
		part    int32
	}{
		"named":                  {[]listener.Header{to("replies-a"), partition(3)}, "replies-a", 3},
		"the last one counts":    {[]listener.Header{to("replies-a"), to("replies-b")}, "replies-b", -1},
		"none":                   {nil, "fixed", -1},
		"empty":                  {[]listener.Header{to("")}, "fixed", -1},
		"partition of the fixed": {[]listener.Header{partition(0)}, "fixed", 0},
		"negative partition":     {[]listener.Header{to("replies-a"), partition(0xffffff00)}, "replies-a", -1},
		"short partition":        {[]listener.Header{to("replies-a"), header(listener.ReplyPartitionHeader, "1")}, "replies-a", -1},
		"not allowed":            {[]listener.Header{to("payments")}, "", 0},
		"part of a pattern":      {[]listener.Header{to("xreplies-a")}, "", 0},
		"no topic's name":        {[]listener.Header{to("replies-\x00a")}, "", 0},
		"Kafka's own":            {[]listener.Header{to("__consumer_offsets")}, "", 0},
		"the requests' topic":    {[]listener.Header{to("quotes")}, "", 0},
		"huge correlation":       {[]listener.Header{header(listener.CorrelationHeader, strings.Repeat("x", 1025))}, "", 0},
	} {
		s := &fakeSender{}
		d, err := ask(t, listener.OnRequest("quotes", double), rules, s, request(c.headers...))
		require.NoError(t, err, name)
		if c.topic == "" {
			require.Error(t, d.Unanswered, name)
			require.Empty(t, s.sent, name)
			continue
		}
		require.NoError(t, d.Unanswered, name)
		require.Len(t, s.sent, 1, name)
		require.Equal(t, c.topic, s.sent[0].Topic, name)
		require.Equal(t, c.part, s.sent[0].Partition, name)
	}
}

func TestRequestWithoutAnAddress(t *testing.T) {
	t.Parallel()
	d, err := ask(t, listener.OnRequest("quotes", double), listener.ReplyRules{Allowed: allowed(".*")}, &fakeSender{}, request())
	require.NoError(t, err)
	require.ErrorContains(t, d.Unanswered, "no header kafka_replyTopic")
}

func TestManyRepliesOrNone(t *testing.T) {
	t.Parallel()
	rules := listener.ReplyRules{To: "replies"}
	s := &fakeSender{}
	_, err := ask(t, listener.OnRequest("quotes", func(context.Context, listener.Record[quote]) (listener.Replies[string], error) {
		return listener.Replies[string]{"a", "b"}, nil
	}), rules, s, request())
	require.NoError(t, err)
	require.Len(t, s.sent, 2)
	require.Equal(t, "a", string(s.sent[0].Value))
	require.Equal(t, "b", string(s.sent[1].Value))

	s = &fakeSender{}
	_, err = ask(t, listener.OnRequest("quotes", func(context.Context, listener.Record[quote]) (listener.Replies[string], error) {
		return nil, nil
	}), rules, s, request())
	require.NoError(t, err)
	require.Empty(t, s.sent)

	s = &fakeSender{}
	_, err = ask(t, listener.OnRequest("quotes", func(context.Context, listener.Record[quote]) (*quote, error) {
		return nil, nil
	}), rules, s, request())
	require.NoError(t, err)
	require.Len(t, s.sent, 1)
	require.Nil(t, s.sent[0].Value, "nil is a tombstone")
}

func TestErrorAnswersNothing(t *testing.T) {
	t.Parallel()
	s := &fakeSender{}
	r := request()
	r.Value = []byte(`{"Cents":-1}`)
	_, err := ask(t, listener.OnRequest("quotes", double), listener.ReplyRules{To: "replies"}, s, r)
	require.EqualError(t, err, "negative\nprice")
	require.Empty(t, s.sent)
}

func TestErrorIsTheAnswer(t *testing.T) {
	t.Parallel()
	rules := listener.ReplyRules{To: "replies", Errors: true}
	for value, text := range map[string]string{`{"Cents":-1}`: "negative price", `{`: "decode value of quotes[0]@0 as json: malformed at byte 1 of 1"} {
		s := &fakeSender{}
		r := request(header(listener.CorrelationHeader, "id"))
		r.Value = []byte(value)
		_, err := ask(t, listener.OnRequest("quotes", double), rules, s, r)
		require.NoError(t, err)
		require.Len(t, s.sent, 1)
		require.Nil(t, s.sent[0].Value)
		require.Equal(t, listener.Headers{header(listener.ReplyErrorHeader, text), header(listener.CorrelationHeader, "id")}, s.sent[0].Headers)
	}
	for name, failure := range map[string]error{"asked for again": listener.RetryAfter(time.Second, errors.New("busy"))} {
		s := &fakeSender{}
		_, err := ask(t, listener.OnRequest("quotes", func(context.Context, listener.Record[quote]) (quote, error) {
			return quote{}, failure
		}), rules, s, request())
		require.Equal(t, failure, err, name)
		require.Empty(t, s.sent, name)
	}
}

func TestLongErrorTextIsCut(t *testing.T) {
	t.Parallel()
	s := &fakeSender{}
	_, err := ask(t, listener.OnRequest("quotes", func(context.Context, listener.Record[quote]) (quote, error) {
		return quote{}, errors.New(strings.Repeat("ä", 3000))
	}), listener.ReplyRules{To: "replies", Errors: true}, s, request())
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("ä", 512), string(s.sent[0].Headers[0].Value))
}

func TestReplyThatIsNotSentFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for _, errorReplies := range []bool{false, true} {
		s := &fakeSender{fail: func(listener.Outgoing) error { return down }}
		d, err := ask(t, listener.OnRequest("quotes", double), listener.ReplyRules{To: "replies", Errors: errorReplies}, s, request())
		require.ErrorIs(t, err, down)
		require.EqualError(t, err, "reply to replies: down")
		require.NoError(t, d.Unanswered)
		require.Len(t, s.sent, 1, "it is not told that way either")
	}
	_, err := ask(t, listener.OnRequest("quotes", double), listener.ReplyRules{To: "replies"}, nil, request())
	require.ErrorContains(t, err, "nothing to send by")
}

// TestHeadersCantHoldAPartition: places that only exist in a request's headers
// do not make the record fail; those of the listener's own settings do.
func TestHeadersCantHoldAPartition(t *testing.T) {
	t.Parallel()
	gone := nowhere{errors.New("no such topic")}
	all := func(listener.Outgoing) error { return gone }
	l := listener.OnRequest("quotes", double)
	d, err := ask(t, l, listener.ReplyRules{Allowed: allowed("r.*")}, &fakeSender{fail: all}, request(header(listener.ReplyTopicHeader, "replies")))
	require.NoError(t, err)
	require.ErrorIs(t, d.Unanswered, gone)

	_, err = ask(t, l, listener.ReplyRules{To: "replies"}, &fakeSender{fail: all}, request())
	require.ErrorIs(t, err, gone)

	s := &fakeSender{fail: func(r listener.Outgoing) error {
		if r.Partition == 7 {
			return gone
		}
		return nil
	}}
	d, err = ask(t, l, listener.ReplyRules{To: "replies"}, s, request(header(listener.ReplyPartitionHeader, "\x00\x00\x00\x07")))
	require.NoError(t, err)
	require.NoError(t, d.Unanswered)
	require.Len(t, s.sent, 2)
	require.Equal(t, listener.AnyPartition, s.sent[1].Partition, "without the partition there is a way")
}

type fakeTx struct {
	fakeSender
	failed error
}

func (*fakeTx) ID() string       { return "tx" }
func (*fakeTx) Cluster() string  { return "c" }
func (x *fakeTx) Fail(err error) { x.failed = err }

// silentSender never answers.
type silentSender struct{ n int }

func (s *silentSender) Publish(context.Context, listener.Outgoing, func(listener.Sent, error)) { s.n++ }

func TestReplyInATransactionWaitsForTheCommitOnly(t *testing.T) {
	t.Parallel()
	h, err := listener.OnRequest("quotes", double).Bind(listener.Codecs{})
	require.NoError(t, err)
	h = listener.Replying(listener.ReplyRules{To: "replies"})(h)
	r := request()
	d := &listener.Delivery{Records: []*listener.RawRecord{&r}}
	tx, s := &fakeTx{}, &silentSender{}
	require.NoError(t, h(listener.WithSender(listener.WithTx(t.Context(), tx), s), d))
	require.Equal(t, 1, s.n)

	down := errors.New("down")
	failing := &fakeSender{fail: func(listener.Outgoing) error { return down }}
	require.NoError(t, h(listener.WithSender(listener.WithTx(t.Context(), tx), failing), d))
	require.Equal(t, down, tx.failed)
}

func TestReplyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	h, err := listener.OnRequest("quotes", double).Bind(listener.Codecs{})
	require.NoError(t, err)
	r := request()
	ctx, cancel := context.WithCancelCause(listener.WithSender(t.Context(), &silentSender{}))
	cancel(listener.ErrRevoked)
	err = listener.Replying(listener.ReplyRules{To: "replies", Errors: true})(h)(ctx, &listener.Delivery{Records: []*listener.RawRecord{&r}})
	require.ErrorIs(t, err, listener.ErrRevoked)
}

func TestRepliesThatCantBeEncoded(t *testing.T) {
	t.Parallel()
	_, err := listener.OnRequest("x", func(context.Context, listener.Record[string]) (chan int, error) { return nil, nil }).Bind(listener.Codecs{})
	require.ErrorContains(t, err, "reply type chan int cannot be encoded as JSON")
	_, err = listener.OnRequest("x", func(context.Context, listener.Record[string]) (listener.Replies[func()], error) { return nil, nil }).Bind(listener.Codecs{})
	require.ErrorContains(t, err, "reply type func() cannot")
	_, err = listener.OnRequest[string, string, string]("x", nil).Bind(listener.Codecs{})
	require.ErrorContains(t, err, "the handler given to OnRequest is nil")
}

func TestDecode(t *testing.T) {
	t.Parallel()
	q, err := listener.Decode[quote](nil, &listener.RawRecord{Value: []byte(`{"Cents":3}`)})
	require.NoError(t, err)
	require.Equal(t, quote{3}, q)
	q, err = listener.Decode[quote](nil, &listener.RawRecord{})
	require.NoError(t, err)
	require.Zero(t, q)
	_, err = listener.Decode[quote](nil, &listener.RawRecord{Topic: "r", Value: []byte("x")})
	require.ErrorContains(t, err, "decode value of r[0]@0")
	_, err = listener.Decode[func()](nil, &listener.RawRecord{})
	require.Error(t, err)
}

// FuzzReplyAddress: whatever stands in the headers, a reply goes to an allowed
// topic, or nowhere, and the record does not fail.
func FuzzReplyAddress(f *testing.F) {
	f.Add([]byte("replies-a"), []byte{0, 0, 0, 1}, []byte("id"))
	f.Add([]byte("__x"), []byte{255, 0, 0, 1}, []byte(nil))
	f.Fuzz(func(t *testing.T, topic, partition, id []byte) {
		s := &fakeSender{}
		d, err := ask(t, listener.OnRequest("quotes", double), listener.ReplyRules{Allowed: allowed("replies-.*")}, s, request(
			listener.Header{Key: listener.ReplyTopicHeader, Value: topic},
			listener.Header{Key: listener.ReplyPartitionHeader, Value: partition}, listener.Header{Key: listener.CorrelationHeader, Value: id}))
		require.NoError(t, err)
		require.Equal(t, len(s.sent) == 0, d.Unanswered != nil)
		for _, r := range s.sent {
			require.Regexp(t, `^replies-[a-zA-Z0-9._-]*$`, r.Topic)
			require.GreaterOrEqual(t, r.Partition, listener.AnyPartition)
		}
	})
}
