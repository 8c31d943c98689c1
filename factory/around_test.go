package factory_test

import (
	"context"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func TestFiltersOfFactoriesAreAskedFirst(t *testing.T) {
	t.Parallel()
	var calls []string
	named := func(name string) listener.FilterFunc {
		return func(context.Context, *listener.RawRecord) bool { calls = append(calls, name); return true }
	}
	typed := listener.FilterRecords(func(_ context.Context, r listener.Record[map[string]int]) bool {
		calls = append(calls, "typed")
		return r.Value["n"] > 0
	})
	s := one(t, "", []factory.ContainerFactory{factory.New("f", factory.Filter(named("1"), named("2")), factory.Validate())},
		on("a", listener.Topics("t"), listener.Factory("f"), listener.Filter(named("3")), typed, factory.Filter(named("4"))))
	require.Len(t, s.Filters, 5)
	keeps := func(value string) (kept bool) {
		for _, f := range s.Filters {
			if !f(t.Context(), &listener.RawRecord{Value: []byte(value)}) {
				return false
			}
		}
		return true
	}
	require.True(t, keeps(`{"n":1}`))
	require.Equal(t, []string{"1", "2", "3", "typed", "4"}, calls)
	require.False(t, keeps(`{"n":0}`))
	require.True(t, keeps(`undecodable`), "that is for the handler's side to say")
}

func TestFiltersThatCanNotRun(t *testing.T) {
	t.Parallel()
	_, err := factory.Specs(nil, nil, []listener.Listener{on("a", listener.Topics("t"),
		listener.Filter(nil), listener.FilterRecords[string, chan int](func(context.Context, listener.Record[chan int]) bool { return true }),
		listener.FilterRecords[string, int](nil))})
	require.ErrorContains(t, err, "filter 1 can't be used: a filter is nil")
	require.ErrorContains(t, err, "filter 2 can't be used: the filter of listener.Record[chan int]: value type chan int cannot be decoded")
	require.ErrorContains(t, err, "filter 3 can't be used: a filter is nil")
}

type refused struct{ N int }

func (refused) Validate() error { return context.Canceled }

func TestValidator(t *testing.T) {
	t.Parallel()
	l := func(opts ...listener.Option) listener.Listener {
		return listener.On("a", func(context.Context, listener.Record[refused]) error { return nil }, append(opts, listener.Topics("t"))...)
	}
	run := func(l listener.Listener, fs ...factory.ContainerFactory) error {
		return one(t, "", fs, l).Handler(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{Value: []byte("{}")}}})
	}
	require.NoError(t, run(l()), "off unless asked for")
	require.ErrorIs(t, run(l(factory.Validate())), context.Canceled)
	require.ErrorIs(t, run(l(factory.Validator(func(any) error { return context.DeadlineExceeded }))), context.DeadlineExceeded)
	f := factory.New("f", factory.Validate())
	require.ErrorIs(t, run(l(listener.Factory("f")), f), context.Canceled)
	require.NoError(t, run(l(listener.Factory("f"), factory.Validator(nil)), f), "the listener's own word")
}

// TestWhoLends: a handler that middleware stands around may keep records.
func TestWhoLends(t *testing.T) {
	t.Parallel()
	through := func(next listener.HandlerFunc) listener.HandlerFunc { return next }
	topic := listener.Topics("t")
	require.True(t, one(t, "", nil, on("a", topic)).Lends)
	require.False(t, one(t, "", nil, on("a", topic, listener.Use(through))).Lends)
	require.False(t, one(t, "", []factory.ContainerFactory{factory.New("f", factory.Use(through))}, on("a", topic, listener.Factory("f"))).Lends)
	require.False(t, one(t, "", nil, listener.OnBatch("a", func(context.Context, []listener.Record[string]) error { return nil }, topic)).Lends)
	require.False(t, one(t, "", nil, listener.OnMessage("a", func(context.Context, *kafka.Message) error { return nil }, topic)).Lends)
}
