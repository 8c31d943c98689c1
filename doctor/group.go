package doctor

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// group looks at who is in the listener's group, and how it is shared.
func (l look) group(context.Context) error {
	g, known := l.groups[l.spec.Group]
	if !known {
		return nil // said already
	}
	subject := "group " + l.spec.Group
	l.rights(g, subject)
	if !g.Exists {
		if l.spec.Reset != spec.NoReset && (!g.Allowed.Known() || g.Allowed.Allow("READ")) {
			l.found("group-new", subject, values{"begins": l.begins()})
		}
		return nil
	}
	assignor := ""
	if g.Assignor != "" {
		assignor = ", " + g.Assignor
	}
	l.found("group", subject, values{"state": g.State, "members": count(len(g.Members), "member"), "protocol": g.Protocol, "assignor": assignor})
	if len(g.Members) == 0 {
		return nil
	}
	if len(l.spec.Partitions) > 0 {
		l.found("group-in-use", subject, values{"clients": clients(g.Members)})
		return nil
	}
	l.protocol(g, subject)
	l.strangers(g, subject)
	return nil
}

// rights looks at what this user may do with the group.
func (l look) rights(g broker.Group, subject string) {
	v := values{"group": l.spec.Group}
	l.mayNot("acl-group", subject, v, g.Allowed, "READ", "DESCRIBE")
	if g.Allowed.Known() && l.spec.DeleteGroup != nil && !g.Allowed.Allow("DELETE") {
		l.found("acl-group-delete", subject, v)
	}
}

// begins says where the listener begins without a committed offset.
func (l look) begins() string {
	for _, p := range l.spec.Partitions {
		if !p.Start.IsZero() {
			return "at its own positions: " + p.String()
		}
	}
	switch l.spec.Reset {
	case spec.Earliest:
		return "with the oldest record (auto-offset-reset: earliest)"
	case spec.Latest:
		return "with the next record (auto-offset-reset: latest)"
	default:
		return "nowhere: auto-offset-reset is none"
	}
}

// protocol holds the way in which the members share partitions against ours. A
// listener without an assignor of its own (keep) asks the group.
func (l look) protocol(g broker.Group, subject string) {
	ours := cmp.Or(l.spec.Client["group.protocol"], "classic")
	v := values{"clients": clients(g.Members), "theirs": g.Protocol, "ours": ours}
	if g.Protocol != ours {
		l.found("protocol-differs", subject, v)
		return
	}
	mine := l.spec.Client["partition.assignment.strategy"]
	names := strings.Split(mine, ",")
	if ours != "classic" || mine == "" || g.Assignor == "" || slices.Contains(names, g.Assignor) {
		return
	}
	v["theirs"], v["ours"] = g.Assignor, mine
	code := "assignor-differs"
	if cooperative(mine) != cooperative(g.Assignor) {
		code = "assignor-clash"
	}
	l.found(code, subject, v)
}

func cooperative(assignor string) bool { return strings.Contains(assignor, "cooperative") }

// strangers looks at members that are not of this service.
func (l look) strangers(g broker.Group, subject string) {
	var strangers, elsewhere []broker.GroupMember
	topics := map[string]bool{}
	known := map[string]bool{}
	for _, sp := range l.ours {
		if sp.Group == l.spec.Group {
			for _, t := range l.topicsOf(sp) {
				known[t] = true
			}
		}
	}
	for _, m := range g.Members {
		if !l.isOurs(m) {
			strangers = append(strangers, m)
			l.staticID(m, subject)
		}
		for _, p := range m.Partitions {
			if p.Topic != "" && !known[p.Topic] {
				topics[p.Topic] = true
				elsewhere = append(elsewhere, m)
			}
		}
	}
	if len(strangers) > 0 {
		l.found("foreign-members", subject, values{"clients": clients(strangers)})
	}
	if len(topics) > 0 {
		l.found("foreign-topics", subject, values{"clients": clients(elsewhere), "topics": some(slices.Sorted(maps.Keys(topics)))})
	}
}

// isOurs reports whether a member has the client id that a listener of this
// service with this group gives to its clients.
func (l look) isOurs(m broker.GroupMember) bool {
	return slices.ContainsFunc(l.ours, func(sp container.Spec) bool {
		return sp.Group == l.spec.Group && isMember(m.ClientID, sp.Client["client.id"])
	})
}

// isMember reports whether name is <listener's>-<i>.
func isMember(name, listeners string) bool {
	rest, ok := strings.CutPrefix(name, listeners+"-")
	_, err := strconv.Atoi(rest)
	return ok && err == nil
}

// staticID reports a stranger under a static id of ours.
func (l look) staticID(m broker.GroupMember, subject string) {
	ours := l.spec.Client["group.instance.id"]
	if ours == "" || !isMember(m.InstanceID, ours) {
		return
	}
	l.found("static-id-taken", subject, values{"instance": m.InstanceID, "client": m.ClientID, "host": host(m)})
}

// clients names members by client id and host, each once.
func clients(members []broker.GroupMember) string {
	seen := map[string]bool{}
	for _, m := range members {
		seen[fmt.Sprintf("%s on %s", m.ClientID, host(m))] = true
	}
	return some(slices.Sorted(maps.Keys(seen)))
}

func host(m broker.GroupMember) string { return strings.TrimPrefix(m.Host, "/") }

// sharedGroups reports listeners of this service that share a group and read
// different topics.
func (s *session) sharedGroups() {
	byGroup := map[string][]container.Spec{}
	for _, sp := range s.ours {
		if len(sp.Partitions) == 0 {
			byGroup[sp.Group] = append(byGroup[sp.Group], sp)
		}
	}
	for group, sharing := range byGroup {
		if !slices.ContainsFunc(sharing, s.doctor.wants) {
			continue
		}
		var ids []string
		topics := map[string]bool{}
		for _, sp := range sharing {
			ids = append(ids, sp.ID)
			topics[strings.Join(slices.Sorted(slices.Values(sp.Topics)), " ")] = true
		}
		if len(topics) > 1 {
			s.found("group-shared", "", "group "+group, values{"listeners": strings.Join(slices.Sorted(slices.Values(ids)), ", ")})
		}
	}
}
