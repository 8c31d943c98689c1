package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

func init() {
	children["undelivered"] = func() {
		app.New(alone("kafka: {bootstrap-servers: '"+nobody+"', template: {close-timeout: 200ms}}"), talking(),
			fx.Invoke(func(lc fx.Lifecycle, t *template.Template) {
				lc.Append(fx.StopHook(func(ctx context.Context) { t.SendAsync(ctx, "orders", "k", "lost") }))
			})).Run()
	}
}

// A sender takes the default template and a named one, and sends whenever it can.
type sender struct {
	*diary
	plain, audit *template.Template
	entered      chan struct{}
}

type senderParts struct {
	fx.In
	Diary *diary
	Plain *template.Template
	Audit *template.Template `name:"audit"`
	Cycle fx.Lifecycle
}

func newSender(p senderParts) *sender {
	s := &sender{diary: p.Diary, plain: p.Plain, audit: p.Audit, entered: make(chan struct{}, 1)}
	s.try("constructor", p.Plain)
	send := func(what string) func(context.Context) error {
		return func(context.Context) error {
			s.try(what, p.Plain)
			return nil
		}
	}
	p.Cycle.Append(fx.Hook{OnStart: send("OnStart"), OnStop: send("OnStop")})
	return s
}

func (s *sender) try(what string, t *template.Template) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := t.Send(ctx, "out", "k", what)
	s.write("%s: %s: %v", what, t.Name(), err)
}

// OnOrder sends when its listener is being stopped already.
func (s *sender) OnOrder(ctx context.Context, _ listener.Record[string]) error {
	s.entered <- struct{}{}
	<-s.stopping(ctx)
	s.try("drain", s.plain)
	s.try("drain", s.audit)
	return nil
}

// stopping is closed when the listener is asked to stop.
func (s *sender) stopping(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			k, err := s.registry.Container("orders")
			if err != nil || k.Status().State.String() == "stopping" {
				return
			}
			<-tick.C
		}
	}()
	return done
}

// TestTemplatesLiveAroundHooksAndListeners: a template opens before the hooks of
// what takes it, serves handlers during the drain, and closes last.
func TestTemplatesLiveAroundHooksAndListeners(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders", "out")
	produce(t, brokers, "orders", "one")
	var (
		mu     sync.Mutex
		closed []event.TemplateClosed
		s      *sender
		d      *diary
	)
	a := app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}, producers: {audit: {acks: 1}}}"),
		fx.Provide(zap.NewNop, newDiary, newSender), fx.Populate(&s, &d),
		app.Template("audit", template.WithAcks(template.AcksNone)),
		app.On("orders", (*sender).OnOrder, topic("orders")),
		app.Observer(event.ObserverFunc(func(e event.Event) {
			if e, ok := e.(event.TemplateClosed); ok {
				mu.Lock()
				defer mu.Unlock()
				closed = append(closed, e)
			}
		})),
	)
	require.NoError(t, a.Err())
	require.Contains(t, a.Settings(), "# template audit (app/template_test.go:")
	require.Regexp(t, `acks: 1 +# yaml:1`, a.Settings())
	require.Contains(t, a.Settings(), "# template default (app.New)")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, a.Start(ctx))
	received(t, s.entered, "a record")
	require.NoError(t, a.Stop(ctx))
	require.Equal(t, []string{
		`constructor: default: template "default": send to out: ` + template.ErrNotOpen.Error(),
		"OnStart: default: <nil>", "drain: default: <nil>", "drain: audit: <nil>", "OnStop: default: <nil>",
	}, d.take())
	_, err := s.plain.Send(ctx, "out", "k", "late")
	require.ErrorIs(t, err, template.ErrClosed)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, closed, 2, "observers hear of templates, to the last event")
}

// TestWhatIsNotDeliveredFailsTheStop, and Run ends with 1.
func TestWhatIsNotDeliveredFailsTheStop(t *testing.T) {
	t.Parallel()
	var tpl *template.Template
	a := app.New(alone("kafka: {bootstrap-servers: '"+nobody+"', template: {close-timeout: 300ms}}"), fx.Provide(zap.NewNop), fx.Populate(&tpl))
	require.NoError(t, a.Err())
	require.Equal(t, 27*time.Second+300*time.Millisecond, a.StopTimeout())
	require.NoError(t, a.Start(t.Context()))
	f := tpl.SendAsync(t.Context(), "orders", "k", "lost")
	err := a.Stop(t.Context())
	var undelivered *template.CloseError
	require.ErrorAs(t, err, &undelivered)
	require.Equal(t, map[string]int{"orders": 1}, undelivered.Undelivered)
	_, sendErr := f.Wait(t.Context())
	require.Error(t, sendErr)
}

func TestFaultsOfTemplatesAndTopicsComeAtOnce(t *testing.T) {
	t.Parallel()
	err := app.Validate(
		alone(`
kafka:
  security.protocol: sasl_plaintext
  sasl: {mechanism: PLAIN, username: u, password: hunter2}
  bootstrap-servers: a:1
  template: {transaction-id-prefix: tx}
  producers: {money: {properties: {linger.msec: 5}}}
  topics: {orders: {partitions: 0}}
  admin: {fail-fast: true, start: background}
`),
		fx.Provide(zap.NewNop, newBilling), app.On("orders", (*Billing).OnOrder, topic("orders")),
		fx.Invoke(func(*template.Template) {}),
		app.Template("money"), app.Template("twin", template.WithTransactionIDPrefix("tx")), app.Template("double"), app.Template("double"),
		app.Template("lost", template.WithRoute("a.*", "mony")),
		app.Topic("ord ers"),
	)
	for _, says := range []string{
		"properties.security.protocol (yaml:3): SASL PLAIN without TLS",
		`template "money" (app/template_test.go:`, `linger.msec (yaml:7)`,
		`transaction-id-prefix (code template_test.go:`, `"tx" is the prefix of the template "default" (app.New; yaml:6), too`,
		`template "twin" (app/template_test.go:`, `template "double" (app/template_test.go:`, "the name is taken by the template at app/template_test.go:",
		`the route of "a.*" leads to the template "mony", which there is not; did you mean money?`,
		`topic "ord ers" (app/template_test.go:`, `topic "orders" (yaml:8): partitions (yaml:8): 0 is out of range`,
	} {
		require.ErrorContains(t, err, says)
	}
	require.NotContains(t, err.Error(), "hunter2")
	require.Equal(t, 1, strings.Count(err.Error(), "SASL PLAIN without TLS"), "said once: %v", err)
}

func TestFailFastAgainstStart(t *testing.T) {
	t.Parallel()
	err := app.Validate(alone("kafka.admin: {fail-fast: true, start: background}"), fx.Provide(zap.NewNop), app.Topic("orders"))
	require.ErrorIs(t, err, factory.ErrContradiction)
	require.ErrorContains(t, err, "kafka.admin.start (yaml:1): background beside fail-fast (yaml:1)")
}

// TestTopicsAndAnAbsentBroker: the start policies, where nobody is there.
func TestTopicsAndAnAbsentBroker(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		admin, fails string
		more         time.Duration
	}{
		"fail":       {"start: fail 300ms", "declared topics are not there after 300ms (kafka.admin.start): describe topic", 300 * time.Millisecond},
		"fail-fast":  {"fail-fast: true, operation-timeout: 300ms", "declared topics are not there after 300ms", 300 * time.Millisecond},
		"wait":       {"start: wait 100ms", "", 100 * time.Millisecond},
		"background": {"start: background", "", 0},
		"off":        {"auto-create: false, fail-fast: true", "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := app.New(alone(fmt.Sprintf("kafka: {bootstrap-servers: '%s', admin: {%s}}", nobody, tt.admin)), fx.Provide(zap.NewNop), app.Topic("orders"))
			require.NoError(t, a.Err())
			require.Equal(t, 15*time.Second+tt.more, a.StartTimeout())
			err := a.Start(t.Context())
			if tt.fails != "" {
				require.ErrorContains(t, err, tt.fails)
				return
			}
			require.NoError(t, err)
			require.NoError(t, a.Stop(t.Context()))
		})
	}
}

func TestTemplateWithoutModule(t *testing.T) {
	t.Parallel()
	err := fx.New(fx.NopLogger, app.Template("audit"), app.Topic("orders")).Err()
	require.ErrorContains(t, err, `template "audit" (app/template_test.go:`)
	require.ErrorContains(t, err, `topic "orders" (app/template_test.go:`)
	require.ErrorIs(t, err, app.ErrNeverRuns)
}

// TestNobodyTakesATemplate: then none is made, and none is printed.
func TestNobodyTakesATemplate(t *testing.T) {
	t.Parallel()
	a := app.New(alone("kafka.producers.spare: {acks: 1}"), fx.Provide(zap.NewNop))
	require.NoError(t, a.Err())
	require.Empty(t, a.Settings())
	require.NoError(t, a.Start(t.Context()))
	require.NoError(t, a.Stop(t.Context()))
}

// TestRoutesByName: the default template sends some topics by another one.
func TestRoutesByName(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "audit.a", "orders")
	var tpl *template.Template
	a := app.New(alone("kafka.bootstrap-servers: '"+brokers+"'"), fx.Provide(zap.NewNop), fx.Populate(&tpl),
		app.Template("default", template.WithRoute("audit[.].*", "audit"), template.WithDefaultTopic("orders")),
		app.Template("audit", template.WithAcks(template.AcksNone)))
	started(t, a)
	sent, err := tpl.Send(t.Context(), "audit.a", "k", "v")
	require.NoError(t, err)
	require.EqualValues(t, -1, sent.Offset, "acks=0 knows no offset: the other template has sent it")
	sent, err = tpl.Send(t.Context(), "", "k", "v")
	require.NoError(t, err)
	require.EqualValues(t, 0, sent.Offset)
}
