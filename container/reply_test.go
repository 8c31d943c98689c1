package container_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

type nothingSent struct{}

func (nothingSent) Publish(context.Context, listener.Outgoing, func(listener.Sent, error)) {}

func TestUnansweredRequestIsDoneAndReported(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		why := errors.New("no address")
		e.spec.Sender = nothingSent{}
		e.spec.Shape = listener.Shape{Replies: true}
		for range 2 {
			e.cluster.Append(part(0), listener.RawRecord{Value: []byte("v")})
		}
		e.startRaw(func(ctx context.Context, d *listener.Delivery) error {
			if listener.SenderFrom(ctx) != (nothingSent{}) {
				t.Error("the handler has no sender")
			}
			if d.Records[0].Offset == 0 {
				d.Unanswered = why
			}
			return nil
		})
		e.settle()
		said := found[event.RequestUnanswered](e)
		require.Len(t, said, 1)
		require.Equal(t, why, said[0].Err)
		require.EqualValues(t, 2, e.committed(0))
	})
}

func TestRepliesWithoutASenderDoNotStart(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Shape = listener.Shape{Replies: true}
		s := e.complete(e.spec, func(context.Context, *listener.Delivery) error { return nil })
		reg := e.registry(s)
		require.ErrorContains(t, reg.Start(t.Context()), "factory.Sender(t)")
		k, err := reg.Container(s.ID)
		require.NoError(t, err)
		require.Equal(t, container.Stopped, k.Status().State)
	})
}
