package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/listener"
)

// Desk answers requests.
type Desk struct{}

// OnRequest answers with the value twice.
func (*Desk) OnRequest(_ context.Context, r listener.Record[string]) (string, error) {
	return r.Value + r.Value, nil
}

func TestRequestsAreAnsweredByTheDefaultTemplate(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "requests", "replies")
	produce(t, brokers, "requests", "x")
	answers := make(chan string, 10)
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Supply(&Desk{}, zap.NewNop()),
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
