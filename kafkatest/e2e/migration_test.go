package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The client properties that members of ours take part with; docs/migration.md
// has the same table as settings.
var (
	eager       = with("partition.assignment.strategy", "range,roundrobin")
	cooperative = with("partition.assignment.strategy", "cooperative-sticky")
	modern      = map[string]any{"group.protocol": "consumer"}
)

// A kind makes members of one kind.
type kind struct {
	name  string
	start func(*crew) mate
}

func ours(name string, properties map[string]any) kind {
	return kind{name, func(c *crew) mate { return c.ours(properties) }}
}

var (
	plainLoop = kind{loopKind, (*crew).plain}
	spring    = kind{springKind, func(c *crew) mate { return c.springs(nil) }}
)

// A move replaces all members by others, one by one.
type move struct {
	to       kind
	together string // the assignor while both kinds are in the group; "" where they can't be
	after    string // the assignor when all are replaced
	refused  string // what a new one is told where it can't be in the group yet
}

// A migration is the moves of a group of two. Each start of Spring takes
// seconds of a core: some are for the long form (HEARKEN_KILLS) only.
type migration struct {
	from  kind
	moves []move
	long  bool
}

var migrations = map[string]migration{
	"plain loop, in two steps": {from: plainLoop, moves: []move{
		{ours("eager", eager), "range", "range", ""},
		{ours("cooperative", cooperative), "", "cooperative-sticky", "Inconsistent group protocol (code 23)"},
	}},
	"cooperative, to the consumer protocol": {from: ours("cooperative", cooperative), moves: []move{
		{ours("modern", modern), "", "uniform", "The group id does not exist"},
	}},
	"plain loop, to the consumer protocol": {from: plainLoop, moves: []move{
		{ours("modern", modern), "uniform", "uniform", ""},
		{ours("cooperative", cooperative), "uniform", "cooperative-sticky", ""},
	}},
	"and back, by default": {from: spring, moves: []move{
		{ours("cooperative", cooperative), "cooperative-sticky", "cooperative-sticky", ""},
		{spring, "cooperative-sticky", "range", ""},
	}},
	"eager": {from: spring, moves: []move{
		{ours("eager", eager), "range", "range", ""},
	}},
	"and back, eager": {from: spring, moves: []move{
		{ours("eager", eager), "range", "range", ""},
		{spring, "range", "range", ""},
	}, long: true},
	"and back, by the consumer protocol": {from: spring, moves: []move{
		{ours("modern", modern), "uniform", "uniform", ""},
		{spring, "uniform", "range", ""},
	}, long: true},
}

// TestMigration: services that share a group with ours are replaced one by one
// under load, as docs/migration.md describes. Nothing is lost, nothing stands
// still for long, and what is done twice is what the plain loop has to answer for.
//
// One group with Spring in it is migrated at a time. Each start of it keeps a core busy for
// seconds: several at once, on two cores, let every member of all groups stand still for
// longer than a migration may.
func TestMigration(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	_, longForm := kills()
	springs := map[string]migration{}
	for name, m := range migrations {
		switch {
		case m.long && !longForm:
		case m.from.name == springKind:
			springs[name] = m
		default:
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				newCrew(t).migrate(m)
			})
		}
	}
	t.Run("spring", func(t *testing.T) {
		t.Parallel()
		for name, m := range springs {
			t.Run(name, func(t *testing.T) { newCrew(t).migrate(m) })
		}
	})
}

// migrate starts two members of the first kind, makes the moves, and checks all that was seen.
func (c *crew) migrate(m migration) {
	c.t.Helper()
	if m.from.name == springKind {
		c.needSpring()
	}
	members := make([]mate, 2)
	for i := range members { // the second one rebalances the group
		members[i] = m.from.start(c)
		c.works(members[i], 50)
	}
	for _, mv := range m.moves {
		c.replace(members, mv)
	}
	h := c.end()
	c.calm(time.Minute) // 1 to 4 s where the machine is not busy, max.poll.interval (5 min) where one waits for the other
	c.bounded(h)
	for _, m := range members {
		m.leave()
	}
	c.bounded(readHistory(c.t, c.j.Log))
}

// TestPlainLoopIsKilled: in a group of plain loops and listeners of ours one of
// each dies in the middle of its work. The others go on where it had committed.
func TestPlainLoopIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	t.Parallel()
	c := newCrew(t)
	loop, other := c.plain(), c.plain()
	c.stable(2, "range")
	one, two := c.ours(eager), c.ours(eager)
	c.stable(4, "range")
	c.works(loop, 20)
	c.crash(loop)
	c.works(one, 20)
	c.crash(one)
	c.stable(2, "range")
	c.works(two, 100)
	c.works(other, 100)
	h := c.end()
	c.calm(25 * time.Second) // a session is 6 s of it
	c.bounded(h)
	two.leave()
	other.leave()
}

// replace replaces the members, each new one before the old one leaves.
func (c *crew) replace(members []mate, m move) {
	c.t.Helper()
	began := time.Now()
	for i, old := range members {
		next := m.to.start(c)
		if m.together != "" {
			c.stable(len(members)+1, m.together)
			c.works(next, 50)
		} else {
			c.waitsOutside(next, m.refused)
			require.Len(c.t, c.b.Members(c.j.Group), len(members)-i, "the members that are left")
			c.works(old, 50)
		}
		old.leave()
		members[i] = next
	}
	c.stable(len(members), m.after)
	for _, next := range members {
		c.works(next, 50)
	}
	c.t.Logf("replaced by %s within %s", m.to.name, time.Since(began).Round(100*time.Millisecond))
}

// stable waits until the group is whole, under an assignor.
func (c *crew) stable(members int, assignor string) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("%d members agree on %s", members, assignor), func() (bool, string) {
		g := c.b.Group(c.j.Group)
		return g.State == "Stable" && len(g.Members) == members && g.Protocol == assignor,
			fmt.Sprintf("%s, %d members, %q\n%s", g.State, len(g.Members), g.Protocol, tail(c.j.Log+".out", 10))
	})
}

// waitsOutside waits until a member has said that the group won't have it.
func (c *crew) waitsOutside(m mate, why string) {
	c.t.Helper()
	eventually(c.t, "the new member is told: "+why, func() (bool, string) {
		text := tail(c.j.Log+".out", 1000)
		for line := range strings.Lines(text) {
			if strings.Contains(line, fmt.Sprint(" ", m.pid, " event.")) && strings.Contains(line, why) {
				return true, ""
			}
		}
		return false, tail(c.j.Log+".out", 20)
	})
}

// calm checks that there was no time longer than bound in which a partition
// had work and made no progress.
func (c *crew) calm(bound time.Duration) {
	c.t.Helper()
	require.Less(c.t, c.pulse.partition, bound)
	require.Less(c.t, c.pulse.group, bound)
}

// bounded checks what was done twice: nothing of ours unless the client itself
// went back (seen under the consumer protocol, by one record, and reported), or
// it was killed, then two chunks; of a plain loop a batch at each rebalance that takes its
// partitions, which are four here at most. Spring commits at a revoke, as we do.
func (c *crew) bounded(h history) {
	c.t.Helper()
	for r, n := range h.redone() {
		bound := 2 * c.wentBack(r.pid)
		switch {
		case c.kinds[r.pid] == loopKind:
			bound = 4 * plainBatch
		case c.killed[r.pid]:
			bound = 2 * crewMax
		}
		require.LessOrEqual(c.t, n, bound, "partition %d after a %s, process %d\n%s", r.partition, c.kinds[r.pid], r.pid, tail(c.j.Log+".out", 40))
	}
}

// wentBack counts how often a process has reported that its client delivered
// what it had delivered before.
func (c *crew) wentBack(pid int) (n int) {
	text, err := os.ReadFile(c.j.Log + ".out")
	require.NoError(c.t, err)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, fmt.Sprintf(" %d ", pid)) && strings.Contains(line, "the client went back by itself") {
			n++
		}
	}
	return n
}

func with(key string, value any) map[string]any {
	out := map[string]any{key: value}
	for k, v := range classic {
		out[k] = v
	}
	return out
}
