package factory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func TestAListenerThatComesLater(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.Workers(3))}
	r := factory.NewResolver(yaml(t, "kafka.factories.f.workers: 4"), fs, []listener.Listener{on("a", topic, listener.GroupID("g"))})
	completed := ""
	r.Complete = func(s *container.Spec) { completed = s.ID }
	s, err := r.Resolve(on("b", topic, listener.GroupID("g"), listener.Factory("f")))
	require.NoError(t, err)
	require.Equal(t, 4, s.Workers)
	require.Equal(t, "b", completed)
	require.Contains(t, s.Notes[0], "shares the group with listener a")

	_, err = r.Resolve(on("a", topic))
	require.ErrorIs(t, err, factory.ErrDuplicateListener)
	_, err = r.Resolve(on("b", topic))
	require.ErrorIs(t, err, factory.ErrDuplicateListener, "one that came later counts, too")
	_, err = r.Resolve(on("c", topic, listener.GroupID("g"), factory.Assignor("range")))
	require.ErrorIs(t, err, factory.ErrContradiction)
	_, err = r.Resolve(onAck("c", listener.Factory("none")))
	require.ErrorIs(t, err, factory.ErrUnknownFactory)
	require.ErrorContains(t, err, "there are no topics", "all faults at once")
	_, err = r.Resolve(on("c", topic))
	require.NoError(t, err, "what was refused has left nothing behind")
}

func TestAListenerThatIsGoneIsInNobodysWay(t *testing.T) {
	t.Parallel()
	r := factory.NewResolver(nil, nil, []listener.Listener{on("a", topic, listener.GroupID("g"))})
	r.Alive = func(id string) bool { return id != "a" }
	_, err := r.Resolve(on("a", topic, listener.GroupID("g"), factory.Assignor("range")))
	require.NoError(t, err)
}

func TestResolveFromManyGoroutines(t *testing.T) {
	t.Parallel()
	r := factory.NewResolver(nil, nil, nil)
	done := make(chan error)
	for i := range 20 {
		go func() {
			_, err := r.Resolve(on(string(rune('a'+i%10)), topic))
			done <- err
		}()
	}
	refused := 0
	for range 20 {
		if err := <-done; err != nil {
			require.ErrorIs(t, err, factory.ErrDuplicateListener)
			refused++
		}
	}
	require.Equal(t, 10, refused)
}

func TestARegistryTakesListenersAndGivesThemBack(t *testing.T) {
	t.Parallel()
	registry, err := factory.Build(nil, nil, []listener.Listener{on("a", topic, listener.GroupID("g"))})
	require.NoError(t, err)
	t.Cleanup(registry.Close)
	for range 50 {
		k, err := registry.Add(on("b", topic, listener.GroupID("g")))
		require.NoError(t, err)
		require.Equal(t, "b", k.ID())
		_, err = registry.Add(on("b", topic))
		require.ErrorIs(t, err, factory.ErrDuplicateListener)
		require.ErrorIs(t, err, container.ErrDuplicateListener)
		require.NoError(t, registry.Remove(t.Context(), "b"))
	}
	require.NoError(t, registry.Remove(t.Context(), "a"))
	_, err = registry.Add(on("c", topic, listener.GroupID("g"), factory.Assignor("range")))
	require.NoError(t, err, "nobody else is in the group any more")
}
