package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/examples/annotated/screen"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestBroadcast: two processes have a group each, get every record that is
// written while they run, and leave no group behind.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("changes", 1), b.Unique("cache")
		b.Produce(topic, kafkatest.Value("written before"))
		one, stopOne := screen.Run(t, b, service, topic, group)
		two, stopTwo := screen.Run(t, b, service, topic, group)
		n := 0
		kafkatest.Eventually(t, screen.Patience, "both get one", func() (bool, string) {
			n++ // they begin when they are assigned, which nobody outside sees exactly
			b.Produce(topic, kafkatest.Value(fmt.Sprintf("early-%d", n)))
			return one.Text() != "" && two.Text() != "", one.Text() + "\n" + two.Text()
		})
		for i := range 5 {
			b.Produce(topic, kafkatest.Value(fmt.Sprintf("key-%d", i)))
		}
		for _, s := range []*screen.Screen{one, two} {
			for i := range 5 {
				s.Wait(t, fmt.Sprintf("key-%d is out of date", i))
			}
			require.False(t, s.Has("written before is out of date"))
		}
		require.Len(t, groups(t, b, group), 2)
		stopOne()
		stopTwo()
		kafkatest.Eventually(t, screen.Patience, "no group is left", func() (bool, string) {
			left := groups(t, b, group)
			return len(left) == 0, strings.Join(left, ", ")
		})
	})
}

// groups are those whose names begin so, as the broker lists them.
func groups(t *testing.T, b *kafkatest.Broker, prefix string) []string {
	t.Helper()
	all, err := kadm.NewClient(b.Client()).ListGroups(t.Context())
	require.NoError(t, err)
	return slices.DeleteFunc(all.Groups(), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}
