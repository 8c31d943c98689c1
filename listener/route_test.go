package listener_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

type created struct{ Total int }

type router struct{ got []string }

func (b *router) onOrder(_ context.Context, r listener.Record[order]) error {
	b.got = append(b.got, "order "+r.Value.ID)
	return nil
}

func (b *router) onCreated(_ context.Context, r listener.Record[created]) error {
	b.got = append(b.got, "created")
	if r.Value.Total != 7 {
		return errors.New("decoded as something else")
	}
	return nil
}

func (b *router) onAny(_ context.Context, r listener.Record[[]byte]) error {
	b.got = append(b.got, "any "+string(r.Value))
	return nil
}

func (b *router) onAck(context.Context, listener.Record[order], listener.Acknowledgment) error {
	b.got = append(b.got, "ack")
	return nil
}

func typed(value, kind string) *listener.Delivery {
	r := raw(7, value)
	r.Headers = listener.Headers{{Key: "type", Value: []byte("older")}, {Key: "type", Value: []byte(kind)}}
	return one(r)
}

func TestRoute(t *testing.T) {
	t.Parallel()
	b := &router{}
	l := listener.Route("orders", listener.ByHeader("type",
		listener.When("order", b.onOrder), listener.When("created", b.onCreated), listener.When("", b.onAny)), listener.Topics("t"))
	require.Equal(t, `routes by header "type" {"order": listener.Record[listener_test.order], "created": listener.Record[listener_test.created], "": listener.Record[[]uint8]}`, l.Types())
	require.Equal(t, listener.Shape{}, l.Shape())
	require.Contains(t, l.Where(), "route_test.go:")
	require.Len(t, l.Options(), 1)
	h := bind(t, l)
	require.NoError(t, h(t.Context(), typed(`{"id":"a"}`, "order")))
	require.NoError(t, h(t.Context(), typed(`{"Total":7}`, "created")))
	require.NoError(t, h(t.Context(), typed("x", "")))
	require.Equal(t, []string{"order a", "created", "any x"}, b.got)

	_, undecodable := errors.AsType[*listener.DecodeError](h(t.Context(), typed("x", "order")))
	require.True(t, undecodable)
}

func TestRouteWithoutAHandler(t *testing.T) {
	t.Parallel()
	b := &router{}
	cases := []listener.Case{listener.When("order", b.onOrder), listener.When("created", b.onCreated)}
	h := bind(t, listener.Route("orders", listener.ByHeader("type", cases...)))
	err := h(t.Context(), typed("secret", "a\nb"))
	require.EqualError(t, err, `no handler for orders[3]@7: it has header "type" "a\nb"; there are handlers for "order", "created", and no listener.Otherwise`)
	require.True(t, listener.IsFatal(err))
	u, ok := errors.AsType[*listener.UnroutedError](err)
	require.True(t, ok)
	require.Equal(t, "a\nb", u.Value)

	err = h(t.Context(), one(raw(7, "secret")))
	require.ErrorContains(t, err, `it has no header "type";`)
	require.NotContains(t, err.Error(), "secret")

	long := h(t.Context(), typed("", strings.Repeat("é", 1000)))
	require.Less(t, len(long.Error()), 300)
	require.ErrorContains(t, long, "… (2000 bytes)")

	h = bind(t, listener.Route("orders", listener.ByHeader("type", append(cases, listener.Otherwise(b.onAny))...)))
	require.NoError(t, h(t.Context(), typed("1", "other")))
	require.NoError(t, h(t.Context(), one(raw(7, "2"))))
	require.Equal(t, []string{"any 1", "any 2"}, b.got)
}

func TestRouteByAnything(t *testing.T) {
	t.Parallel()
	b := &router{}
	pick := func(r *listener.RawRecord) (string, bool) { return string(r.Value[:1]), len(r.Value) > 1 }
	h := bind(t, listener.Route("orders", listener.By("first byte", pick, listener.When("x", b.onAny))))
	require.NoError(t, h(t.Context(), one(raw(7, "xy"))))
	require.ErrorContains(t, h(t.Context(), one(raw(7, "yx"))), `it has first byte "y"; there are handlers for "x"`)
}

func TestRoutesThatCanNotRun(t *testing.T) {
	t.Parallel()
	b := &router{}
	type ch = chan int
	tests := []struct {
		routes listener.Routes
		want   []string
	}{
		{listener.Routes{}, []string{"listener.ByHeader or listener.By"}},
		{listener.ByHeader("type"), []string{`the routes by header "type" have no handler`}},
		{listener.By("x", nil, listener.When("a", b.onOrder)), []string{"nothing to go by"}},
		{listener.ByHeader("type", listener.Case{}), []string{"zero Case"}},
		{listener.ByHeader("type", listener.When[string, order]("a", nil)), []string{`the handler given for "a" is nil`}},
		{
			listener.ByHeader("type", listener.When("a", b.onOrder), listener.When("a", b.onAny), listener.Otherwise(b.onAny), listener.Otherwise(b.onAny)),
			[]string{`two handlers for "a"`, "two handlers for otherwise"},
		},
		{listener.ByHeader("type", listener.When("a", b.onOrder), listener.WhenAck("b", b.onAck)), []string{`for "a" and for "b" do not go together`}},
		{
			listener.ByHeader("type", listener.When("a", func(context.Context, listener.Record[ch]) error { return nil })),
			[]string{`the handler for "a": value type chan int cannot be decoded`},
		},
	}
	for _, tt := range tests {
		_, err := listener.Route("orders", tt.routes).Bind(listener.Codecs{})
		for _, want := range tt.want {
			require.ErrorContains(t, err, want)
		}
		require.ErrorContains(t, err, `listener "orders" (listener/route_test.go:`)
	}
}

func TestRouteWithAcknowledgments(t *testing.T) {
	t.Parallel()
	b := &router{}
	l := listener.Route("orders", listener.ByHeader("type", listener.WhenAck("order", b.onAck), listener.OtherwiseAck(b.onAck)))
	require.Equal(t, listener.Shape{Acks: true}, l.Shape())
	h := bind(t, l)
	require.NoError(t, h(t.Context(), typed(`{}`, "order")))
	require.NoError(t, h(t.Context(), typed(`{}`, "x")))
	require.Equal(t, []string{"ack", "ack"}, b.got)
}
