package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// wired is an application on b, with its events.
type wired struct {
	*app.App
	mu     sync.Mutex
	events []event.Event
}

func wire(t *testing.T, b *kafkatest.Broker, more map[string]any, opts ...fx.Option) *wired {
	t.Helper()
	return wireAt(t, b.Brokers(), more, opts...)
}

func wireAt(t *testing.T, servers string, more map[string]any, opts ...fx.Option) *wired {
	t.Helper()
	w := &wired{}
	see := app.Observer(event.ObserverFunc(func(e event.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}))
	w.App = app.New(append(opts, fx.Provide(zap.NewNop), see, app.Config(config.Map(settings(servers, more)), config.Environ()))...)
	require.NoError(t, w.Err())
	return w
}

func (w *wired) seen(is func(event.Event) bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.events, is)
}

// TestWiredTemplates: declared topics are there for the first hook, a handler
// sends in a transaction of a named template while its listener is drained, and
// all of it is in the log when the application has stopped.
func TestWiredTemplates(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		in, out, group := b.Unique("in"), b.Unique("out"), b.Unique("wired")
		entered := make(chan struct{})
		var registry *container.Registry
		type templates struct {
			fx.In
			Money *template.Template `name:"money"`
		}
		handler := func(ts templates) listener.Listener {
			return listener.On("wired", func(ctx context.Context, r listener.Record[string]) error {
				close(entered)
				for {
					k, err := registry.Container("wired")
					if err != nil || k.Status().State == container.Stopping {
						break
					}
					select {
					case <-ctx.Done():
						return ctx.Err()
					default:
					}
				}
				return ts.Money.InTransaction(ctx, func(ctx context.Context) error {
					for i := range 3 {
						ts.Money.SendAsync(ctx, out, "k", fmt.Sprint(r.Value, " ", i))
					}
					return nil
				})
			}, listener.Topics(in), listener.GroupID(group))
		}
		w := wire(t, b, map[string]any{
			"kafka.producers.money": map[string]any{"transaction-id-prefix": b.Unique("money")},
			"kafka.topics":          map[string]any{out: map[string]any{"partitions": 2, "config": map[string]any{"cleanup.policy": "compact"}}},
		},
			fx.Populate(&registry), app.Template("money"), app.Topic(in, admin.Partitions(3), admin.Replicas(1)), app.Listen(handler),
			fx.Invoke(func(lc fx.Lifecycle, tpl *template.Template) {
				lc.Append(fx.Hook{
					OnStart: func(ctx context.Context) error {
						_, err := tpl.Send(ctx, in, "k", "first")
						return err
					},
					OnStop: func(ctx context.Context) error {
						tpl.SendAsync(ctx, out, "k", "last")
						return nil
					},
				})
			}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, w.Start(ctx))
		select {
		case <-entered:
		case <-ctx.Done():
			require.FailNow(t, "no record came")
		}
		require.NoError(t, w.Stop(ctx))
		require.ElementsMatch(t, []string{"first 0", "first 1", "first 2", "last"}, values(b, out, 4))
		require.EqualValues(t, 1, total(b.Committed(group, in)), "the handler's record is committed")
		a := newAdmin(t, b)
		require.Len(t, described(t, a, in, 3).Partitions, 3)
		require.Equal(t, "compact", described(t, a, out, 2).Config["cleanup.policy"])
		require.True(t, w.seen(func(e event.Event) bool {
			return e == event.Event(event.TopicCreated{Topic: in, Partitions: 3, Replicas: 1})
		}))
		require.True(t, w.seen(func(e event.Event) bool {
			c, ok := e.(event.TemplateClosed)
			return ok && c.Template == "money" && c.Err == nil
		}))
		require.NoError(t, a.DeleteTopics(ctx, in, out))
	})
}

func total(offsets map[int32]int64) (sum int64) {
	for _, o := range offsets {
		sum += max(0, o)
	}
	return sum
}

// TestWiredTopicsAreOnlyThoseDeclared: a listener's source is never made by
// accident, and auto-create: false makes none at all.
func TestWiredTopicsAreOnlyThoseDeclared(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	source, declared := b.Unique("source"), b.Unique("declared")
	r := kafkatest.NewRecorder[string](t)
	for _, create := range []bool{false, true} {
		w := wire(t, b, map[string]any{"kafka.admin.auto-create": create}, app.Topic(declared), app.Listen(listener.On("source", r.Handle, listener.Topics(source))))
		require.NoError(t, w.Start(t.Context()))
		names, err := newAdmin(t, b).TopicNames(t.Context())
		require.NoError(t, err)
		require.NotContains(t, names, source)
		require.Equal(t, create, slices.Contains(names, declared))
		require.NoError(t, w.Stop(t.Context()))
	}
}

// TestWiredTopicsInTheBackground: a start that has gone on makes the topics when the broker comes.
func TestWiredTopicsInTheBackground(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	const topic = "late"
	w := wireAt(t, fmt.Sprint("127.0.0.1:", port), map[string]any{
		"kafka.admin": map[string]any{"start": "wait 100ms", "operation-timeout": "2s"},
	}, app.Topic(topic, admin.Partitions(2)))
	require.NoError(t, w.Start(t.Context()))
	eventually(t, "the attempt is reported", func() (bool, string) {
		return w.seen(func(e event.Event) bool { _, ok := e.(event.TopicsPending); return ok }), "no event.TopicsPending"
	})
	b := kafkatest.New(t, kafkatest.Fake(kfake.Ports(port)))
	described(t, newAdmin(t, b), topic, 2)
	require.NoError(t, w.Stop(t.Context()))
}

// TestTransactionsAsKcatSeesThem: nothing of what was aborted by an error, a
// panic or a context, and then the next transaction's records.
func TestTransactionsAsKcatSeesThem(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("kcat"); err != nil {
		missingTool(t, "kcat")
	}
	b := kafkatest.Real(t)
	topic := b.NewTopic("kcat-tx", 1)
	cfg := map[string]any{"kafka.template.transaction-id-prefix": b.Unique("tx")}
	var tpl *template.Template
	w := wire(t, b, cfg, fx.Populate(&tpl))
	require.NoError(t, w.Start(t.Context()))
	defer func() { require.NoError(t, w.Stop(context.Background())) }()
	reads := func(isolation string) []string {
		out, err := exec.CommandContext(t.Context(), "kcat", "-C", "-b", b.Brokers(), "-t", topic, "-o", "beginning", "-e", "-q", "-X", "isolation.level="+isolation).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.Fields(string(out))
	}
	two := func(ctx context.Context, what string) error {
		for i := range 2 {
			if _, err := tpl.Send(ctx, topic, "k", fmt.Sprintf("%s-%d", what, i)); err != nil {
				return err
			}
		}
		return nil
	}
	run := func(ctx context.Context, what string, after2 func(context.Context) error) error {
		return tpl.InTransaction(ctx, func(ctx context.Context) error {
			if err := errors.Join(two(ctx, what), after2(ctx)); err != nil {
				return err
			}
			_, err := tpl.Send(ctx, topic, "k", what+"-2")
			return err
		})
	}
	require.ErrorIs(t, run(t.Context(), "error", func(context.Context) error { return errOnPurpose }), errOnPurpose)
	require.PanicsWithValue(t, "on purpose", func() {
		_ = run(t.Context(), "panic", func(context.Context) error { panic("on purpose") })
	})
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, run(ctx, "cancel", func(context.Context) error { cancel(); return nil }), context.Canceled)
	require.Empty(t, reads("read_committed"))
	require.ElementsMatch(t, []string{"error-0", "error-1", "panic-0", "panic-1", "cancel-0", "cancel-1"}, reads("read_uncommitted"), "they were written")
	require.NoError(t, run(t.Context(), "next", func(context.Context) error { return nil }))
	eventually(t, "the next transaction is seen", func() (bool, string) {
		got := reads("read_committed")
		return slices.Equal(got, []string{"next-0", "next-1", "next-2"}), fmt.Sprint(got)
	})
}
