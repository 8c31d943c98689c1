package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// Desk answers requests.
type Desk struct{}

// OnRequest answers with the value twice.
func (*Desk) OnRequest(_ context.Context, r listener.Record[string]) (string, error) {
	return r.Value + r.Value, nil
}

func TestRequestsAreAnsweredByTheTemplateThatIsProvided(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "requests", "replies")
	produce(t, brokers, "requests", "x")
	answers := make(chan string, 10)
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Supply(&Desk{}, zap.NewNop()),
		fx.Provide(func(lc fx.Lifecycle) (*template.Template, error) {
			tpl, err := template.New(template.Options{BootstrapServers: brokers})
			if err == nil {
				lc.Append(fx.StopHook(tpl.Close))
			}
			return tpl, err
		}),
		app.OnRequest("desk", (*Desk).OnRequest, listener.Topics("requests"), listener.ReplyTo("replies")),
		app.Listen(listener.OnRequest("second-desk", (&Desk{}).OnRequest, listener.Topics("requests"), listener.ReplyTo("replies"))),
		app.Listen(listener.On("answers", func(_ context.Context, r listener.Record[string]) error {
			answers <- r.Value
			return nil
		}, listener.Topics("replies"))),
	))
	require.Equal(t, "xx", received(t, answers, "an answer"))
	require.Equal(t, "xx", received(t, answers, "an answer of the second"))
}

func TestRequestsWithoutATemplate(t *testing.T) {
	t.Parallel()
	a := app.New(
		alone("kafka: {bootstrap-servers: 'localhost:1'}"), fx.Supply(&Desk{}, zap.NewNop()),
		app.OnRequest("desk", (*Desk).OnRequest, listener.Topics("requests"), listener.ReplyTo("replies")),
	)
	require.NoError(t, a.Err())
	require.ErrorContains(t, a.Start(t.Context()), "which takes the *template.Template that is provided")
}

// TestATemplateThatNobodyTakesIsNotMade: it would have a client.
func TestATemplateThatNobodyTakesIsNotMade(t *testing.T) {
	t.Parallel()
	a := app.New(
		alone("kafka: {bootstrap-servers: 'localhost:1'}"), fx.Supply(zap.NewNop()),
		fx.Provide(func() *template.Template { t.Error("it was made"); return nil }),
		app.Listen(listener.On("on", func(context.Context, listener.Record[string]) error { return nil }, listener.Topics("t"))),
	)
	require.NoError(t, a.Err())
}
