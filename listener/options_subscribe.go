package listener

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// Partitions reads partitions of a topic without a group's assignment, instead
// of Topics: ids are "0-5,7", or "*" for all that the topic has. Several
// Partitions of one listener add up; placeholders are resolved.
//
// Where start is given, every start of the listener begins there, whatever
// the group has committed; else at the committed offset, and without one where
// auto-offset-reset says. Offsets are committed for the group all the same.
// With concurrency n, the i-th partition belongs to consumer i mod n.
//
//	listener.Partitions("orders", "0-5,7", listener.FromEnd(10))
func Partitions(topic, ids string, start ...Position) Option {
	text := topic + "[" + ids + "]"
	called := fmt.Sprintf("%q, %q", topic, ids)
	for _, p := range start {
		text += "@" + p.String() // a second one is refused where the text is read
		called += ", " + p.String()
	}
	origin := spec.Code(0)
	return spec.ForListener("listener.Partitions("+called+")", func(s *spec.Settings) {
		s.Partitions = spec.Set(append(s.Partitions.V[:len(s.Partitions.V):len(s.Partitions.V)], text), origin)
	})
}

// DeadLettersOf reads the dead-letter topics of the listener with that id, instead
// of Topics: the handler for what was given up there. It is a listener like any
// other, with a group of its own, and is tried again by back-off until it succeeds;
// deadletter.Of reads from a record's headers where it is from and why it failed.
//
//	listener.On("orders-dead", b.OnDead, listener.DeadLettersOf("orders"))
func DeadLettersOf(id string) Option {
	v := spec.Set(id, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.DeadLettersOf(%q)", id), func(s *spec.Settings) { s.DeadOf = v })
}

// Broadcast gives every instance of the program every record that is written
// from its start on: the listener has a group of its own, <group-id or
// id>-<uuid>, which is deleted at a clean stop. Only an auto-offset-reset of
// the listener itself makes it begin elsewhere than at the latest record.
func Broadcast() Option {
	v := spec.Set(true, spec.Code(0))
	return spec.ForListener("listener.Broadcast()", func(s *spec.Settings) { s.Broadcast = v })
}

// OnRebalance hears of the partitions that come and go. It replaces that of
// the factory; the zero RebalanceListener hears nothing.
func OnRebalance(l RebalanceListener) Option {
	v := spec.Set[any](l, spec.Code(0))
	var hears []string
	for _, f := range []struct {
		name  string
		there bool
	}{
		{"Assigned", l.Assigned != nil},
		{"RevokedBeforeCommit", l.RevokedBeforeCommit != nil},
		{"RevokedAfterCommit", l.RevokedAfterCommit != nil},
		{"Lost", l.Lost != nil},
	} {
		if f.there {
			hears = append(hears, f.name)
		}
	}
	return spec.ForListener("listener.OnRebalance("+strings.Join(hears, ", ")+")", func(s *spec.Settings) { s.Rebalance = v })
}
