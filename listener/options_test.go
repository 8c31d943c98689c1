package listener_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestOptionsPrintLikeTheirCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give listener.Option
		want string
	}{
		{listener.Topics("orders", "${app.refunds:refunds}"), `listener.Topics("orders", "${app.refunds:refunds}")`},
		{listener.Topics(), `listener.Topics()`},
		{listener.GroupID("billing"), `listener.GroupID("billing")`},
		{listener.Factory("manual"), `listener.Factory("manual")`},
		{listener.AutoStartup(false), `listener.AutoStartup(false)`},
		{listener.ClientID("app\n"), `listener.ClientID("app\n")`},
		{listener.Use(passOn, nil), `listener.Use(listener_test.passOn, nil)`},
		{listener.Partitions("orders", "0-5,7"), `listener.Partitions("orders", "0-5,7")`},
		{listener.Partitions("orders", "*", listener.FromEnd(10)), `listener.Partitions("orders", "*", end-10)`},
		{listener.ReplyTo("r"), `listener.ReplyTo("r")`},
		{listener.ReplyToHeader("r", "s-.*"), `listener.ReplyToHeader("r", "s-.*")`},
		{listener.ReplyErrors(), `listener.ReplyErrors()`},
		{listener.Broadcast(), `listener.Broadcast()`},
		{listener.OnRebalance(listener.RebalanceListener{Lost: func(context.Context, []listener.TopicPartition) {}}), `listener.OnRebalance(Lost)`},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.give.String())
	}
}

func TestOptionsSetTheirSettingWithItsLine(t *testing.T) {
	t.Parallel()
	const line = `^code options_test\.go:\d+$`
	s := spec.FromListener([]listener.Option{
		listener.Topics("a"),
		listener.Topics("b", "c"),
		listener.GroupID("g"),
		listener.Factory("f"),
		listener.AutoStartup(false),
		listener.ClientID("c"),
	})
	require.Equal(t, []string{"b", "c"}, s.Topics.V, "a later one replaces an earlier one")
	require.Regexp(t, line, s.Topics.Origin)
	require.Equal(t, "g", s.GroupID.V)
	require.Regexp(t, line, s.GroupID.Origin)
	require.Equal(t, "f", s.Factory.V)
	require.Regexp(t, line, s.Factory.Origin)
	require.False(t, s.AutoStartup.V)
	require.Regexp(t, line, s.AutoStartup.Origin)
	require.Equal(t, "c", s.ClientID.V)
	require.Regexp(t, line, s.ClientID.Origin)
}

func TestTopicsKeepsItsOwnSlice(t *testing.T) {
	t.Parallel()
	topics := []string{"a"}
	o := listener.Topics(topics...)
	topics[0] = "changed"
	require.Equal(t, []string{"a"}, spec.FromListener([]listener.Option{o}).Topics.V)
}

func TestNilOptionsAreNone(t *testing.T) {
	t.Parallel()
	l := listener.On("x", (&billing{}).On, nil, listener.GroupID("g"), nil)
	require.Len(t, l.Options(), 1)
}

func passOn(next listener.HandlerFunc) listener.HandlerFunc { return next }

func TestMiddlewaresStandInTheirOrder(t *testing.T) {
	t.Parallel()
	var seen []string
	mark := func(name string) listener.Middleware {
		return func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				seen = append(seen, name)
				defer func() { seen = append(seen, "/"+name) }()
				return next(ctx, d)
			}
		}
	}
	s := spec.FromListener([]listener.Option{listener.Use(mark("a"), nil, mark("b")), listener.Use(mark("c"))})
	require.Len(t, s.Middleware, 4)
	var ms []listener.Middleware
	for _, m := range s.Middleware {
		ms = append(ms, m.(listener.Middleware))
	}
	h := func(context.Context, *listener.Delivery) error { seen = append(seen, "handler"); return nil }
	require.NoError(t, listener.Chain(h, ms...)(t.Context(), nil))
	require.Equal(t, []string{"a", "b", "c", "handler", "/c", "/b", "/a"}, seen)
}

func TestPartitionsAddUp(t *testing.T) {
	t.Parallel()
	opts := []listener.Option{
		listener.Partitions("orders", "0-5,7", listener.FromOffset(3)),
		listener.Partitions("refunds", "*", listener.FromTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))),
	}
	want := []string{"orders[0-5,7]@3", "refunds[*]@2026-01-02T03:04:05Z"}
	for range 2 {
		s := spec.FromListener(opts)
		require.Equal(t, want, s.Partitions.V, "the options may be used again")
		require.Regexp(t, `^code options_test\.go:\d+$`, s.Partitions.Origin)
	}
}
