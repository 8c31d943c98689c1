package factory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A candidate is a listener whose settings are resolved, before it becomes a
// container.Spec.
type candidate struct {
	l       listener.Listener
	subject string
	s       spec.Settings // complete
	parts   []spec.PartitionSet
	handler listener.HandlerFunc
	filters []listener.FilterFunc
	notes   []string
	tuning  *spec.Producer // of a listener's own producers
	letters letters
	senders *senderPool
}

// inGroupOf reports whether both are in one group: one name in two clusters is two groups.
func (c *candidate) inGroupOf(other *candidate) bool {
	group := c.s.GroupID.V
	return group != "" && group == other.s.GroupID.V && c.s.BootstrapServers.V == other.s.BootstrapServers.V
}

// id returns the listener's id.
func (c *candidate) id() string { return c.l.ID() }

// together checks what the listeners of one process mean for each other. Those
// of known are running: they get no notes any more.
func (r *resolver) together(known, added []*candidate) {
	all := slices.Concat(known, added)
	r.retryIDs(all, added)
	for i, c := range added {
		for _, other := range all[:len(known)+i] {
			if !c.inGroupOf(other) {
				continue
			}
			r.sameGroup(other, c)
			c.coupled(other)
			if !slices.Contains(known, other) {
				other.coupled(c)
			}
		}
	}
}

// retryIDs reports ids that the retry container of another listener has.
func (r *resolver) retryIDs(all, added []*candidate) {
	for _, a := range all {
		if len(a.s.RetryDelays.V) == 0 {
			continue
		}
		for _, b := range all {
			if b.id() == a.id()+letter.RetryID && (slices.Contains(added, a) || slices.Contains(added, b)) {
				r.faults.Add(&Fault{
					Kind: ErrDuplicateListener, Subject: b.subject, Problem: "the id is that of the retry topics' container of " + a.subject,
					Fix: "give it another id",
				})
			}
		}
	}
}

// sameGroup reports what two listeners of one group can't have both.
func (r *resolver) sameGroup(first, c *candidate) {
	fault := func(key, origin, problem, fix string) {
		r.faults.Add(&Fault{Kind: ErrContradiction, Subject: c.subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	group := fmt.Sprintf("the group %q (%s)", shown(c.s.GroupID), c.s.GroupID.Origin)
	explicit := len(c.parts) > 0
	switch {
	case explicit != (len(first.parts) > 0):
		key, origin := "topics", c.s.Topics.Origin
		if explicit {
			key, origin = "partitions", c.s.Partitions.Origin
		}
		fault(key, origin, fmt.Sprintf("%s is in %s, too, and one of the two has explicit partitions: each would commit over the other", first.subject, group),
			"give one of them another group-id")
		return
	case explicit:
		held := taken{}
		held.take(first.parts)
		if p, twice := held.take(c.parts); twice {
			fault("partitions", c.s.Partitions.Origin, fmt.Sprintf("%s reads %s in %s, too: each would commit over the other", first.subject, hide(c.s.Partitions, p.String(), p.topic), group),
				"leave it to one of them, or give one of them another group-id")
		}
		return
	}
	if a, b := c.s.GroupProtocol, first.s.GroupProtocol; a.V != b.V {
		fault("group-protocol", a.Origin, fmt.Sprintf("%s, but %s speaks %s (%s) in %s", a.V, first.subject, b.V, b.Origin, group), "choose one for all members")
	} else if a, b := c.s.Assignor, first.s.Assignor; !compatible(a.V, b.V) {
		fault("assignor", a.Origin, fmt.Sprintf("%s, but %s uses %s (%s) in %s", a.V, first.subject, b.V, b.Origin, group), "choose one for all members")
	}
	if id := repeated(first, c); id != "" {
		fault("group-instance-id", c.s.GroupInstanceID.Origin,
			fmt.Sprintf("the static id %q of %s is that of %s, too: they would throw each other out", shown(spec.Value[string]{V: id, Secret: c.s.GroupInstanceID.Secret}), group, first.subject), "give one of them another group-instance-id")
	}
}

// compatible reports whether members with these assignors find one in common.
func compatible(a, b string) bool {
	return a == b || slices.ContainsFunc(strings.Split(a, ","), func(name string) bool {
		return name != keepAssignor && slices.Contains(strings.Split(b, ","), name)
	})
}

// repeated returns a static id that both have, "" for none.
func repeated(a, b *candidate) string {
	ids := map[string]bool{}
	for i := range min(a.s.Concurrency.V, 1000) {
		ids[staticID(a.s, a.id(), i)] = true
	}
	for i := range min(b.s.Concurrency.V, 1000) {
		if id := staticID(b.s, b.id(), i); id != "" && ids[id] {
			return id
		}
	}
	return ""
}

// coupled notes what sharing a group with another listener means.
func (c *candidate) coupled(other *candidate) {
	if len(c.parts) > 0 {
		return
	}
	for _, t := range c.s.Topics.V {
		if slices.Contains(other.s.Topics.V, t) {
			c.notes = append(c.notes, fmt.Sprintf("shares the group with listener %s: each record of %s goes to one of them only", other.id(), hide(c.s.Topics, spec.Printable("", t), t)))
			return
		}
	}
	c.notes = append(c.notes, fmt.Sprintf("shares the group with listener %s: a rebalance of one is a rebalance of both", other.id()))
}
