package factory_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func echo(_ context.Context, r listener.Record[string]) (string, error) { return r.Value, nil }

type memory struct{ sent []listener.Outgoing }

func (m *memory) Publish(_ context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	m.sent = append(m.sent, r)
	done(listener.Sent{}, nil)
}

// TestRepliesGoWhereTheSettingsSay runs the handler of a spec, which middleware surrounds.
func TestRepliesGoWhereTheSettingsSay(t *testing.T) {
	t.Parallel()
	m := &memory{}
	var seen []any
	look := func(next listener.HandlerFunc) listener.HandlerFunc {
		return func(ctx context.Context, d *listener.Delivery) error {
			err := next(ctx, d)
			seen = append(seen, d.Replies...)
			return err
		}
	}
	specs, err := factory.Specs(yaml(t, "app.replies: answers\nkafka.listeners.quotes.reply-to-header: replies-.*, other"), nil, []listener.Listener{
		listener.OnRequest("quotes", echo, listener.Topics("quotes"), listener.ReplyTo("${app.replies}"), listener.ReplyErrors(),
			factory.Sender(m), factory.Codec(listener.JSON()), listener.Use(look)),
	})
	require.NoError(t, err)
	require.Same(t, m, specs[0].Sender)
	require.True(t, specs[0].Shape.Replies)
	require.Contains(t, specs[0].Text, "reply-to: answers")
	require.Contains(t, specs[0].Text, "sender: *factory_test.memory")
	for _, to := range []string{"", "replies-a", "other", "elsewhere"} {
		d := &listener.Delivery{Records: []*listener.RawRecord{{
			Topic: "quotes", Value: []byte(`"x"`), Headers: listener.Headers{{Key: listener.ReplyTopicHeader, Value: []byte(to)}},
		}}}
		require.NoError(t, specs[0].Handler(listener.WithSender(t.Context(), m), d))
	}
	require.Equal(t, []any{"x", "x", "x", "x"}, seen)
	var topics []string
	for _, r := range m.sent {
		topics = append(topics, r.Topic)
		require.Equal(t, `"x"`, string(r.Value), "replies have the listener's codec")
	}
	require.Equal(t, []string{"answers", "replies-a", "other"}, topics)
}

func TestRepliesThatGoNowhere(t *testing.T) {
	t.Parallel()
	quotes := listener.Topics("quotes")
	for _, tt := range []struct {
		l    listener.Listener
		says string
	}{
		{listener.OnRequest("a", echo, quotes), "nothing says where the replies go; add listener.ReplyTo(topic)"},
		{listener.OnRequest("a", echo, quotes, listener.ReplyTo("quotes")), "is a topic of the requests"},
		{listener.OnRequest("a", echo, listener.Partitions("quotes", "*"), listener.ReplyTo("quotes")), "is a topic of the requests"},
		{listener.OnRequest("a", echo, quotes, listener.ReplyTo("no topic")), "can't be the name of a topic"},
		{listener.OnRequest("a", echo, quotes, listener.ReplyToHeader("ok", "(")), `"(" is no regular expression`},
		{listener.OnRequest("a", echo, quotes, listener.ReplyToHeader()), "nothing says where the replies go"},
		{listener.OnRequest("a", echo, quotes, listener.ReplyTo("r"), factory.AckMode(ackmode.Manual)), "OnRequest gives it no acknowledgment"},
		{on("a", quotes, listener.ReplyTo("r")), "On does not reply"},
		{on("a", quotes, listener.ReplyErrors()), "reply-errors (code reply_test.go:"},
	} {
		_, err := factory.Specs(nil, nil, []listener.Listener{tt.l})
		require.ErrorContains(t, err, tt.says)
		require.ErrorContains(t, err, `listener "a"`)
	}
}

func TestRepliesNeedASender(t *testing.T) {
	t.Parallel()
	registry, err := factory.Build(nil, nil, []listener.Listener{listener.OnRequest("a", echo, listener.Topics("quotes"), listener.ReplyTo("r"))})
	require.NoError(t, err)
	defer registry.Close()
	err = registry.Start(t.Context())
	require.ErrorIs(t, err, factory.ErrContradiction)
	require.ErrorContains(t, err, `listener "a" (factory/reply_test.go:`)
	require.ErrorContains(t, err, "and it has nothing to send by; give it a template: factory.Sender(t)")
}
