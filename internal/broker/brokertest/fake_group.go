package brokertest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Group is one consumer group. It balances its partitions over its members by
// itself, sticky and incrementally (or all at once, when its first member's
// partition.assignment.strategy is not cooperative), unless the test takes over
// with Manual.
type Group struct {
	c         *Cluster
	name      string
	manual    bool
	eager     bool
	draining  bool // eager: everybody gives back everything before anybody gets
	members   []*Member
	owners    map[broker.Partition]*Member // from the assign step until the revoke step has run
	leaving   map[broker.Partition]bool    // a revoke step is queued
	committed map[broker.Partition]broker.Offset
	history   []Commit
	// generation counts the rebalances; pending are the offsets of open
	// transactions, by partition.
	generation int
	pending    map[broker.Partition]int
}

// Manual stops automatic balancing: from now on only Member.Give and
// Member.Revoke move partitions. It returns g.
func (g *Group) Manual() *Group {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	g.manual = true
	return g
}

// Members returns the members that are subscribed, in the order of joining.
func (g *Group) Members() []*Member {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	return slices.Clone(g.members)
}

// Owner returns the member that owns p, or nil.
func (g *Group) Owner(p broker.Partition) *Member {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	return g.owners[p]
}

// changed reacts to a change of members or topics. c.mu is held.
func (g *Group) changed() {
	g.generation++
	g.draining = g.eager && !g.manual
	g.reconcile()
}

// reconcile queues the next steps towards a balanced assignment. It is called
// after every change and after every step that ran. c.mu is held.
func (g *Group) reconcile() {
	if g.manual || len(g.members) == 0 {
		return
	}
	if g.draining {
		if len(g.owners) > 0 {
			g.revokeWhere(func(broker.Partition, *Member) bool { return true })
			return
		}
		g.draining = false
	}
	target := g.balance()
	g.revokeWhere(func(p broker.Partition, m *Member) bool { return target[p] != m })
	for _, m := range g.members {
		var fresh []broker.Partition
		for p, to := range target {
			if to == m && g.owners[p] == nil {
				fresh = append(fresh, p)
			}
		}
		if len(fresh) > 0 {
			m.queue(assign, fresh)
		}
	}
}

// revokeWhere queues the revoke of the owned partitions that match. c.mu is held.
func (g *Group) revokeWhere(match func(broker.Partition, *Member) bool) {
	for _, m := range g.members {
		var parts []broker.Partition
		for p, o := range g.owners {
			if o == m && !g.leaving[p] && match(p, m) {
				parts = append(parts, p)
			}
		}
		if len(parts) > 0 {
			m.queue(revoke, parts)
		}
	}
}

// balance gives every subscribed partition to a member: first to its owner
// unless he has his share, then to whoever has least, first joined first.
// c.mu is held.
func (g *Group) balance() map[broker.Partition]*Member {
	parts := g.subscribed()
	share := (len(parts) + len(g.members) - 1) / len(g.members)
	target, count := map[broker.Partition]*Member{}, map[*Member]int{}
	for _, p := range parts {
		if o := g.owners[p]; o != nil && o.wants(p.Topic) && count[o] < share {
			target[p] = o
			count[o]++
		}
	}
	for _, p := range parts {
		if target[p] == nil {
			m := g.idlest(p.Topic, count)
			target[p] = m
			count[m]++
		}
	}
	for _, p := range slices.Backward(parts) { // level what stickiness left uneven
		if o, m := target[p], g.idlest(p.Topic, count); count[o]-count[m] > 1 {
			target[p] = m
			count[o]--
			count[m]++
		}
	}
	return target
}

// idlest returns the member with the fewest partitions of those that want topic.
func (g *Group) idlest(topic string, count map[*Member]int) (least *Member) {
	for _, m := range g.members {
		if m.wants(topic) && (least == nil || count[m] < count[least]) {
			least = m
		}
	}
	return least
}

// subscribed returns every partition that some member wants, in order.
func (g *Group) subscribed() []broker.Partition {
	var parts []broker.Partition
	for topic, logs := range g.c.topics {
		if g.c.denied[topic] || !slices.ContainsFunc(g.members, func(m *Member) bool { return m.wants(topic) }) {
			continue
		}
		for id := range logs {
			parts = append(parts, broker.Partition{Topic: topic, ID: int32(id)})
		}
	}
	sortParts(parts)
	return parts
}

// remove takes m out of the group, its partitions become free. c.mu is held.
func (g *Group) remove(m *Member) {
	g.members = slices.DeleteFunc(g.members, func(o *Member) bool { return o == m })
	for p, o := range g.owners {
		if o == m {
			g.free(p)
		}
	}
	g.changed()
}

// free takes p from its owner. c.mu is held.
func (g *Group) free(p broker.Partition) {
	delete(g.owners, p)
	delete(g.leaving, p)
}

func sortParts(parts []broker.Partition) {
	slices.SortFunc(parts, func(a, b broker.Partition) int {
		if d := strings.Compare(a.Topic, b.Topic); d != 0 {
			return d
		}
		return int(a.ID) - int(b.ID)
	})
}

// matches reports whether a subscription ("name" or "^regexp") takes in topic.
func matches(subscription, topic string) bool {
	if isPattern(subscription) {
		ok, err := regexp.MatchString(subscription, topic)
		return err == nil && ok
	}
	return subscription == topic
}
