package factory

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

const (
	consumerProtocol = "consumer" // KIP-848
	keepAssignor     = "keep"
	defaultAssignor  = "cooperative-sticky"
)

// classicProperties are known to classic groups only; under KIP-848 the broker
// decides, and the client refuses them.
var classicProperties = []string{"session.timeout.ms", "heartbeat.interval.ms"}

// member checks how a consumer takes its place in the group.
func (c check) member(s spec.Settings) {
	spelled(c, "isolation-level", s.IsolationLevel)
	spelled(c, "group-protocol", s.GroupProtocol)
	spelled(c, "assignor", s.Assignor)
	if s.Assignor.IsSet() && cooperative(s.Assignor.V) && strings.Contains(s.Assignor.V, ",") {
		c.fault(ErrContradiction, "assignor", s.Assignor.Origin,
			shown(s.Assignor)+" mixes cooperative-sticky with assignors of another kind: the client can't do both",
			"choose cooperative-sticky alone, or range and roundrobin; keep joins a group as it is")
	}
	if s.GroupInstanceID.V != "" {
		c.text("group-instance-id", s.GroupInstanceID)
	}
	if p := s.GroupProtocol; p.V == consumerProtocol {
		c.notClassic(p, "assignor", s.Assignor)
		for _, name := range classicProperties {
			c.notClassic(p, "properties."+name, s.Properties[name])
		}
	}
}

func (c check) notClassic(protocol spec.Value[string], key string, v spec.Value[string]) {
	if v.IsSet() && v.Origin != spec.DefaultOrigin {
		c.fault(ErrContradiction, key, v.Origin,
			fmt.Sprintf("means nothing under group-protocol %s (%s): the broker decides it", protocol.V, protocol.Origin),
			"remove it, or choose group-protocol classic")
	}
}

// spelled reports a word that configuration could not have read.
func spelled(c check, key string, v spec.Value[string]) {
	if !v.IsSet() {
		return
	}
	k, _ := spec.Lookup(key)
	var scratch spec.Settings
	if err := k.Set(&scratch, v.V, v.Origin); err != nil {
		problem := spec.Printable("", err.Error())
		if v.Secret {
			problem = "is none of its values"
		}
		c.fault(ErrInvalidSetting, key, v.Origin, problem, meaning(key))
	}
}

func cooperative(assignor string) bool { return strings.Contains(assignor, defaultAssignor) }

// staticID returns the static id of one member, "" for none.
func staticID(s spec.Settings, id string, index int) string {
	if s.GroupInstanceID.V == "" {
		return ""
	}
	return memberName(s.GroupInstanceID.V, id, index)
}

// memberName tells the members of a process apart.
func memberName(prefix, id string, index int) string {
	return fmt.Sprintf("%s-%s-%d", prefix, id, index)
}

// checkStatic notes static ids that do not stay.
func (r *resolver) checkStatic(s spec.Settings) []string {
	v := s.GroupInstanceID
	changing := r.cfg.Volatile(v.V)
	switch {
	case v.V == "":
		return nil
	case changing.Random:
		return []string{fmt.Sprintf("warning: group-instance-id (%s) is random: each start is a new member, and the old one is waited for until its session ends", v.Origin)}
	case changing.Hostname && generated.MatchString(v.V):
		return []string{fmt.Sprintf("warning: the host name in group-instance-id (%s) looks generated: each new host is a new member", v.Origin)}
	}
	return nil
}
