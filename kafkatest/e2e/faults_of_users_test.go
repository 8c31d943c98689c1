package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// ways are how user code may leave its call.
var ways = map[string]func(){
	"panic":  func() { panic(errors.New("user code")) },
	"goexit": runtime.Goexit,
	"nilmap": func() { map[string]int(nil)["x"]++ },
}

const badValue = "bad"

// A faulty is one listener whose code fails somewhere, at badValue.
type faulty struct {
	place, way, topic string
	strike            func()
	handled           log[string]
	errs              log[error] // what the error handler was asked about
	struck            log[bool]
}

// hit leaves the call if the record is the bad one.
func (f *faulty) hit(value []byte) {
	if string(value) == badValue {
		f.struck.add(true)
		f.strike()
	}
}

// once is hit for what is asked again after a while.
func (f *faulty) once(value []byte) {
	if f.struck.len() == 0 {
		f.hit(value)
	}
}

// A faultyCodec decodes text, and fails at the bad one.
type faultyCodec struct{ f *faulty }

func (faultyCodec) Name() string { return "faulty" }

func (c faultyCodec) Decode(_ *listener.RawRecord, data []byte, into any) error {
	c.f.hit(data)
	quoted, _ := json.Marshal(string(data))
	return json.Unmarshal(quoted, into)
}

// options are where a listener's code fails. What is given up is skipped.
func (f *faulty) options() []listener.Option {
	skip := func(fail errorhandler.Failure) errorhandler.Verdict {
		f.errs.add(fail.Err)
		return errorhandler.Skip()
	}
	handle := errorhandler.HandlerFunc(func(_ context.Context, fail errorhandler.Failure) errorhandler.Verdict { return skip(fail) })
	var out []listener.Option
	switch f.place {
	case "middleware":
		out = append(out, listener.Use(func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				f.hit(d.Records[0].Value)
				return next(ctx, d)
			}
		}))
	case "codec":
		out = append(out, factory.Codec(faultyCodec{f}))
	case "key":
		out = append(out, factory.Ordering(factory.OrderedByKey), factory.OrderBy(func(r *listener.RawRecord) ([]byte, error) {
			f.hit(r.Value)
			return r.Value, nil
		}))
	case "filter":
		out = append(out, listener.Filter(func(_ context.Context, r *listener.RawRecord) bool {
			f.hit(r.Value)
			return true
		}))
	case "validator":
		out = append(out, factory.Validator(func(v any) error {
			f.hit([]byte(v.(string)))
			return nil
		}))
	case "error handler":
		handle = func(_ context.Context, fail errorhandler.Failure) errorhandler.Verdict {
			f.once(fail.Records[0].Value)
			return skip(fail)
		}
	case "recoverer":
		park := errorhandler.RecovererFunc(func(_ context.Context, fail errorhandler.Failure) error {
			f.once(fail.Records[0].Value)
			f.errs.add(fail.Err)
			return nil
		})
		handle = func(context.Context, errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.RecoverWith(park)
		}
	}
	return append(out, factory.ErrorHandler(handle))
}

// TestUserCodeThatDoesNotReturn: wherever the code of a user panics, ends its
// goroutine or writes to a nil map, one record fails, the process lives, and the
// next record is handled.
func TestUserCodeThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	places := []string{"handler", "middleware", "codec", "key", "filter", "validator", "interceptor", "recoverer"}
	if !testing.Short() {
		places = append(places, "error handler") // takes half a minute, see check
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel() // each of both waits for half a minute
		out := b.NewTopic("faults-out", 1)
		var all []*faulty
		var ls []listener.Listener
		for _, place := range places {
			for way, strike := range ways {
				f := &faulty{place: place, way: way, topic: b.NewTopic("faults", 2), strike: strike}
				all = append(all, f)
				ls = append(ls, f.listener(t, b, out))
			}
		}
		serve(t, b, ls...)
		for _, f := range all {
			b.Produce(f.topic, kafkatest.Value("before").OnPartition(0), kafkatest.Value(badValue).OnPartition(0),
				kafkatest.Value("after").OnPartition(0), kafkatest.Value("beside").OnPartition(1))
		}
		for _, f := range all {
			t.Run(f.place+"/"+f.way, func(t *testing.T) { f.check(t, b) })
		}
	})
}

func (f *faulty) listener(t *testing.T, b *kafkatest.Broker, out string) listener.Listener {
	var tpl *template.Template
	if f.place == "interceptor" {
		var err error
		tpl, err = template.New(template.Options{BootstrapServers: b.Brokers(), Interceptors: []template.Interceptor{func(next template.SendFunc) template.SendFunc {
			return func(ctx context.Context, r listener.Outgoing) *template.Future {
				f.hit(r.Value)
				return next(ctx, r)
			}
		}}})
		require.NoError(t, err)
		t.Cleanup(func() { _ = tpl.Close(context.Background()) })
	}
	h := func(ctx context.Context, r listener.Record[string]) error {
		switch f.place {
		case "handler":
			f.hit([]byte(r.Value))
		case "interceptor":
			if _, err := tpl.Send(ctx, out, "", r.Value); err != nil {
				return err
			}
		case "error handler", "recoverer":
			if r.Value == badValue {
				return errors.New("the handler's")
			}
		}
		f.handled.add(r.Value)
		return nil
	}
	return listener.On(f.topic, h, append(f.options(), listener.Topics(f.topic), listener.GroupID(f.group()))...)
}

// group is the group of its listener.
func (f *faulty) group() string { return f.topic + "-group" }

func (f *faulty) check(t *testing.T, b *kafkatest.Broker) {
	want := []string{"after", "before", "beside"}
	// Nobody knows what an error handler would have said that failed itself: its record is held for 30 s.
	kafkatest.Eventually(t, time.Minute, "the others are handled", func() (bool, string) {
		got := f.handled.list()
		return len(got) >= len(want), fmt.Sprint(got)
	})
	got := f.handled.list()
	slices.Sort(got)
	require.Equal(t, want, got, "each once")
	require.Equal(t, 1, f.struck.len())
	eventually(t, "the bad one is given up", func() (bool, string) { return f.errs.len() == 1, "" })
	require.Error(t, f.errs.list()[0])
	b.WaitCommitted(f.group(), f.topic, 0, 3)
}

// TestACallbackThatEndsItsGoroutine: a callback of a send panics or ends the
// goroutine that brings the reports; what is sent later is reported all the same.
func TestACallbackThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("callback", 1)
		tpl, err := template.New(template.Options{BootstrapServers: b.Brokers()})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for _, strike := range ways {
			for range 50 {
				decided := make(chan error, 1)
				// Where the outcome is known already, it is the caller's goroutine that is struck.
				go tpl.SendAsync(ctx, topic, "", "struck", template.OnDone(func(_ template.Sent, err error) {
					decided <- err
					strike()
				}))
				require.NoError(t, <-decided)
			}
		}
		sent, err := tpl.Send(ctx, topic, "", "after")
		require.NoError(t, err)
		require.EqualValues(t, 150, sent.Offset)
		require.NoError(t, tpl.Flush(ctx))
		require.NoError(t, tpl.Close(ctx), "which waits for the reports")
	})
}
