package factory

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func TestTheAssignorThatIsKept(t *testing.T) {
	t.Parallel()
	s := settings()
	s.Assignor = spec.Set(keepAssignor, "hearken.yaml:7")
	answers := func(name string, err error) assignorCall {
		return func(_ context.Context, client map[string]string, group string) (string, error) {
			require.Equal(t, "g", group)
			require.Equal(t, "localhost:9092", client["bootstrap.servers"])
			require.NotContains(t, client, assignorProperty)
			return name, err
		}
	}
	for answer, want := range map[string]string{"": "cooperative-sticky", "range": "range", "cooperative-sticky": "cooperative-sticky"} {
		got, err := keptAssignor(t.Context(), answers(answer, nil), s, "orders")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := keptAssignor(t.Context(), answers("sticky", nil), s, "orders")
	for _, says := range []string{"assignor keep (hearken.yaml:7)", `"g" use "sticky"`, "cooperative-sticky, range and roundrobin", "let them use one of these first", "or stop them"} {
		require.ErrorContains(t, err, says)
	}
	down := errors.New("no broker")
	_, err = keptAssignor(t.Context(), answers("", down), s, "orders")
	require.ErrorIs(t, err, down, "nobody is joined on a guess")
}

func TestKeepIsAskedWhenAClientIsOpened(t *testing.T) {
	t.Parallel()
	s := settings()
	s.Assignor = spec.Set(keepAssignor, "here")
	s.SetProperty("security.protocol", "none", "here") // a client that can't be made can't ask
	_, err := opener(&s, "orders")(0, func(int, string, string) {})
	require.ErrorContains(t, err, "could not be asked")
}
