package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
)

func TestEveryClientIsClosed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"all is well":                     func(*world) {},
		"the cluster goes after its name": func(w *world) { w.gone = true },
		"every check panics":              func(w *world) { w.panics = true },
	} {
		w := newWorld()
		change(w)
		w.doctor().run(t.Context(), []container.Spec{billing()})
		require.Zero(t, w.open.Load(), name)
	}
}

// TestOnlySomeListeners: the others are not looked at, and are no strangers.
func TestOnlySomeListeners(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.topic("bills", 1)
	w.member("billing", "cooperative-sticky", broker.GroupMember{ClientID: "hearken-bills-0", Host: "/10.0.0.1", Partitions: []broker.Partition{{Topic: "bills"}}})
	bills := billing(func(s *container.Spec) {
		s.ID, s.Topics, s.Client["client.id"] = "bills", []string{"bills"}, "hearken-bills"
	})
	report := w.doctor(Only("billing")).run(t.Context(), []container.Spec{billing(), bills})
	require.Equal(t, 1, report.Listeners)
	codes := map[string]bool{}
	for _, f := range report.Findings {
		require.NotEqual(t, "bills", f.Listener)
		codes[f.Code] = true
	}
	require.False(t, codes["foreign-members"])
	require.False(t, codes["foreign-topics"])
	require.True(t, codes["group-shared"])
	require.Zero(t, w.doctor(Only("nobody")).run(t.Context(), []container.Spec{bills}).Listeners)
}
