package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

type order struct {
	ID    string
	Cents int
}

func TestSendAnswersWhatTheBrokerSaid(t *testing.T) {
	t.Parallel()
	run(t, template.Options{DefaultTopic: "orders"}, func(f *fixture) {
		sent, err := f.Send(f.t.Context(), "orders", "k", order{"a", 1},
			template.Header("h", []byte("1")), template.Headers(listener.Header{Key: "n"}), template.Partition(0))
		require.NoError(f.t, err)
		require.Equal(f.t, template.Sent{Topic: "orders", Offset: 0, Timestamp: time.Now().Truncate(time.Millisecond)}, sent)

		at := time.UnixMilli(12345)
		sent, err = f.Send(f.t.Context(), "", "", "plain", template.Timestamp(at), template.WithKey([]byte{}))
		require.NoError(f.t, err)
		require.Equal(f.t, template.Sent{Topic: "orders", Offset: 1, Timestamp: at}, sent)

		_, err = f.Send(f.t.Context(), "orders", "", nil)
		require.NoError(f.t, err)
		_, err = f.SendRaw(f.t.Context(), listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition, Value: []byte{1}})
		require.NoError(f.t, err)

		all := f.log.Stored("orders")
		require.JSONEq(f.t, `{"ID":"a","Cents":1}`, string(all[0].Value))
		require.Equal(f.t, "k", string(all[0].Key))
		require.Equal(f.t, listener.Headers{{Key: "h", Value: []byte("1")}, {Key: "n"}}, all[0].Headers)
		require.Equal(f.t, []byte{}, all[1].Key, "an empty key is a key")
		require.Equal(f.t, at, all[1].Timestamp)
		require.Nil(f.t, all[2].Key)
		require.Nil(f.t, all[2].Value, "a tombstone")
		require.Equal(f.t, []byte{1}, all[3].Value)
	})
}

func TestEverythingWrongIsInTheResult(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		send func(f *fixture) (template.Sent, error)
		want string
	}{
		{"no topic", func(f *fixture) (template.Sent, error) { return f.Send(f.t.Context(), "", "k", "v") }, "no topic was named"},
		{"no name", func(f *fixture) (template.Sent, error) { return f.Send(f.t.Context(), "a b", "k", "v") }, "not a topic's name"},
		{"no JSON", func(f *fixture) (template.Sent, error) { return f.Send(f.t.Context(), "orders", "k", func() {}) }, "there is no JSON for a func()"},
		{"a codec's panic", func(f *fixture) (template.Sent, error) {
			return f.Send(f.t.Context(), "orders", "k", "secret", template.Codec(panicking{}))
		}, "the codec panicked with a string"},
		{"header", func(f *fixture) (template.Sent, error) {
			return f.Send(f.t.Context(), "orders", "k", "v", template.Header("a\x00b", nil))
		}, "zero byte"},
		{"partition", func(f *fixture) (template.Sent, error) {
			return f.Send(f.t.Context(), "orders", "k", "v", template.Partition(-2))
		}, "partition -2 is negative"},
		{"time", func(f *fixture) (template.Sent, error) {
			return f.Send(f.t.Context(), "orders", "k", "v", template.Timestamp(time.UnixMilli(0)))
		}, "not after 1970"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run(t, template.Options{Name: "shop"}, func(f *fixture) {
				_, err := tt.send(f)
				require.ErrorContains(f.t, err, tt.want)
				require.ErrorContains(f.t, err, `template "shop": send to `)
				require.NotContains(f.t, err.Error(), "secret")
				require.NotErrorIs(f.t, err, template.ErrUnknownOutcome)
				require.Len(f.t, found[event.SendFailed](f), 1)
				require.Empty(f.t, f.records())
			})
		})
	}
}

type panicking struct{}

func (panicking) Name() string                       { return "panicking" }
func (panicking) Encode(string, any) ([]byte, error) { panic("secret") }

func TestAFailedDelivery(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		f.log.Fail("deliver", errBoom)
		_, err := f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorIs(f.t, err, errBoom)
		f.log.Fail("produce", errBoom)
		_, err = f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorIs(f.t, err, errBoom)
		f.send(f.t.Context(), "fine")
	})
}

func TestTheContextEndsBeforeTheReport(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		release := f.log.Hold()
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		_, err := f.Send(ctx, "orders", "k", "v")
		require.ErrorIs(f.t, err, template.ErrUnknownOutcome)
		require.ErrorIs(f.t, err, context.DeadlineExceeded)
		require.ErrorContains(f.t, err, "may still be written")
		release()
		require.NoError(f.t, f.Flush(f.t.Context()))
		require.Equal(f.t, []string{"v"}, f.records())

		_, err = f.Send(ctx, "orders", "k", "never")
		require.ErrorIs(f.t, err, context.DeadlineExceeded)
		require.NotErrorIs(f.t, err, template.ErrUnknownOutcome, "it was not sent")
	})
}

func TestFutures(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		release := f.log.Hold()
		var calls []int64
		note := func(s template.Sent, err error) { calls = append(calls, s.Offset) }
		a := f.SendAsync(f.t.Context(), "orders", "k", "a", template.OnDone(note))
		a.OnDone(note)
		a.OnDone(func(template.Sent, error) { panic("secret") })
		select {
		case <-a.Done():
			t.Fatal("nobody has reported it")
		default:
		}
		release()
		<-a.Done()
		synctest.Wait()
		a.OnDone(note)
		sent, err := a.Wait(f.t.Context())
		require.NoError(f.t, err)
		require.Zero(f.t, sent.Offset)
		require.Equal(f.t, []int64{0, 0, 0}, calls)
		require.ErrorContains(f.t, found[event.SendFailed](f)[0].Err, "panicked with a string")
	})
}

// A callback that ends the report goroutine takes nothing with it: the callbacks
// behind it are called, and what is sent later is reported.
func TestACallbackThatCallsGoexit(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		release := f.log.Hold()
		var calls []int64
		note := func(s template.Sent, err error) { calls = append(calls, s.Offset) }
		a := f.SendAsync(f.t.Context(), "orders", "k", "a", template.OnDone(func(template.Sent, error) { runtime.Goexit() }))
		a.OnDone(note)
		a.OnDone(func(template.Sent, error) { runtime.Goexit() })
		a.OnDone(note)
		release()
		sent, err := a.Wait(f.t.Context())
		require.NoError(f.t, err)
		require.Zero(f.t, sent.Offset)
		for i := range int64(3) {
			sent, err = f.Send(f.t.Context(), "orders", "k", "b")
			require.NoError(f.t, err)
			require.Equal(f.t, i+1, sent.Offset)
		}
		synctest.Wait()
		require.Equal(f.t, []int64{0, 0}, calls)
		require.NoError(f.t, f.Flush(f.t.Context()), "nothing is left on its way")
		require.ErrorContains(f.t, found[event.SendFailed](f)[0].Err, "called runtime.Goexit")
	})
}

func TestSendAll(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		f.log.Fail("deliver", nil, errBoom)
		got := f.SendAll(f.t.Context(), []template.Record{
			{Topic: "orders", Value: "a"},
			{Topic: "orders", Value: "b"},
			{Topic: "orders", Value: func() {}},
			{Topic: "orders", Value: 3, Options: []template.SendOption{template.Header("h", []byte("x"))}},
		})
		require.NoError(f.t, got[0].Err)
		require.ErrorIs(f.t, got[1].Err, errBoom)
		var bad *listener.EncodeError
		require.ErrorAs(f.t, got[2].Err, &bad)
		require.NoError(f.t, got[3].Err)
		require.EqualValues(f.t, 1, got[3].Sent.Offset)
		require.Equal(f.t, []string{"a", "3"}, f.records())
		require.Equal(f.t, "x", brokertest.Header(f.log.Stored("orders")[1], "h"))
	})
}

func TestInterceptors(t *testing.T) {
	t.Parallel()
	trace := func(name string) template.Interceptor {
		return func(next template.SendFunc) template.SendFunc {
			return func(ctx context.Context, r listener.Outgoing) *template.Future {
				r.Headers = append(r.Headers, listener.Header{Key: name})
				return next(ctx, r)
			}
		}
	}
	var shop *template.Template
	guard := func(next template.SendFunc) template.SendFunc {
		return func(ctx context.Context, r listener.Outgoing) *template.Future {
			if string(r.Value) == "bad" {
				return shop.Refuse(ctx, r.Topic, errBoom)
			}
			return next(ctx, r)
		}
	}
	run(t, template.Options{Interceptors: []template.Interceptor{trace("outer"), nil, trace("inner"), guard}}, func(f *fixture) {
		shop = f.Template
		f.send(f.t.Context(), "v")
		require.Equal(f.t, listener.Headers{{Key: "outer"}, {Key: "inner"}}, f.log.Stored("orders")[0].Headers)
		_, err := f.Send(f.t.Context(), "orders", "k", "bad")
		require.ErrorIs(f.t, err, errBoom)
	})
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Name: "audit", Codec: upper{}}, func(audit *fixture) {
		synctestRun(audit.t, template.Options{Routes: []template.Route{
			{Topics: "audit[.].*", Template: audit.Template}, {Topics: ".*[.]x", Template: audit.Template},
		}}, func(f *fixture) {
			f.send(f.t.Context(), "plain")
			for _, topic := range []string{"audit.a", "b.x", "my-audit.a"} {
				_, err := f.Send(f.t.Context(), topic, "k", "v")
				require.NoError(f.t, err)
			}
			_, err := f.SendRaw(f.t.Context(), listener.Outgoing{Topic: "audit.a", Partition: listener.AnyPartition, Value: []byte("raw")})
			require.NoError(f.t, err)
			require.Equal(f.t, []string{"V", "raw"}, audit.log.Records("audit.a"), "its own codec")
			require.Equal(f.t, []string{"V"}, audit.log.Records("b.x"))
			require.Equal(f.t, []string{"v"}, f.log.Records("my-audit.a"), "the whole name must match")
		})
	})
}

type upper struct{}

func (upper) Name() string { return "upper" }
func (upper) Encode(_ string, v any) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("no string")
	}
	return []byte(map[string]string{"v": "V"}[s]), nil
}

// synctestRun is run inside a bubble.
func synctestRun(t *testing.T, o template.Options, test func(f *fixture)) {
	t.Helper()
	f := &fixture{t: t, log: brokertest.NewLog()}
	var err error
	f.Template, err = template.NewWith(o, f.log.Open)
	require.NoError(f.t, err)
	test(f)
	require.NoError(f.t, f.Close(f.t.Context()))
}

func TestTheCodecOfATemplateAndOfASend(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Codec: listener.JSONEncoder()}, func(f *fixture) {
		f.send(f.t.Context(), "quoted")
		_, err := f.Send(f.t.Context(), "orders", "", "v", template.Codec(upper{}))
		require.NoError(f.t, err)
		_, err = f.Send(f.t.Context(), "orders", "", json.RawMessage(`{}`))
		require.NoError(f.t, err)
		require.Equal(f.t, []string{`"quoted"`, "V", "{}"}, f.records())
	})
}

func TestAFatalProducerIsMadeAgain(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		f.log.Fail("deliver", brokertest.Fatal("out of order sequence"))
		_, err := f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorContains(f.t, err, "out of order")
		f.send(f.t.Context(), "next")
		synctest.Wait()
		require.Len(f.t, f.log.Opened(), 2)
		require.Equal(f.t, 1, f.log.Live())
		require.Len(f.t, found[event.ProducerRebuilt](f), 1)
		require.Equal(f.t, []string{"next"}, f.records())
	})
}
