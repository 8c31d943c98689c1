package factory

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// An owned property is the container's. It may be written down with the value
// that the container gives it.
type owned struct {
	value func(spec.Settings) string
	fix   string
}

func fixed(value, why string) owned {
	return owned{func(spec.Settings) string { return value }, "remove it, or write " + value + ": " + why}
}

var ownedProperties = map[string]owned{
	"enable.auto.commit":              fixed("false", "the container commits when records are settled"),
	"auto.commit.enable":              fixed("false", "the container commits when records are settled"),
	"enable.auto.offset.store":        fixed("false", "the client would store offsets of records that nobody has seen"),
	"log.queue":                       fixed("true", "the container reads the client's log"),
	"go.logs.channel.enable":          fixed("true", "the container reads the client's log"),
	"go.events.channel.enable":        fixed("false", "the container polls"),
	"go.application.rebalance.enable": fixed("false", "the container follows rebalances itself"),
	"group.id":                        {func(s spec.Settings) string { return s.GroupID.V }, "set group-id"},
	"client.id":                       {func(s spec.Settings) string { return s.ClientID.V }, "set client-id"},
	"auto.offset.reset":               {func(s spec.Settings) string { return clientReset(s.AutoOffsetReset.V) }, "set auto-offset-reset"},
	"max.poll.interval.ms":            {ms, "set max-poll-interval"},
	"max.poll.records":                {func(s spec.Settings) string { return strconv.Itoa(s.MaxPollRecords.V) }, "set max-poll-records"},
}

// clientReset is the client's word for a reset policy.
func clientReset(r spec.Reset) string {
	if r == spec.NoReset {
		return "error"
	}
	return r.String()
}

func ms(s spec.Settings) string { return strconv.FormatInt(s.MaxPollInterval.V.Milliseconds(), 10) }

// checkProperties reports client properties that contradict the container, and
// those that the client refuses.
func (r *resolver) checkProperties(set spec.Settings, subject string) {
	full := spec.WithDefaults(set)
	config := map[string]string{}
	for _, name := range set.SortedProperties() {
		v := set.Properties[name]
		o, isOwned := ownedProperties[name]
		fault := Fault{Kind: ErrContradiction, Subject: subject, Key: "properties." + spec.Printable("", name), Origin: v.Origin}
		switch {
		case isOwned && (v.V == o.value(full) || name == "auto.offset.reset" && v.V == full.AutoOffsetReset.V.String()):
		case isOwned:
			fault.Problem = fmt.Sprintf("the container owns this property, and its value is %q", spec.Printable(name, o.value(full)))
			fault.Fix = o.fix
			r.faults.AddOnce(&fault)
		case strings.HasPrefix(name, "go."):
			fault.Kind, fault.Problem = ErrUnknownProperty, "belongs to the Go wrapper of the client, which the container sets up itself"
			fault.Fix = "remove it"
			r.faults.AddOnce(&fault)
		case strings.ContainsRune(name+v.V, 0):
			fault.Kind, fault.Problem, fault.Fix = ErrInvalidSetting, "holds a zero byte", "remove it"
			r.faults.AddOnce(&fault)
		default:
			config[name] = v.V
		}
	}
	for _, f := range r.client.faults(config, full) {
		name := f.Key
		f.Subject = subject
		if name != "" {
			f.Key, f.Origin = "properties."+name, set.Properties[name].Origin
		}
		r.faults.AddOnce(f)
	}
}

// withClientDefaults adds what the client gets unless it is set, for printing.
func withClientDefaults(s spec.Settings) spec.Settings {
	for _, d := range broker.Defaults(s.Properties["group.protocol"].V) {
		if _, ok := s.Properties[d.Key]; !ok {
			s.SetProperty(d.Key, d.Value, spec.DefaultOrigin)
		}
	}
	return s
}

// clientConfig returns the configuration of one group member.
func clientConfig(s spec.Settings, id string, index int) map[string]string {
	out := make(map[string]string, len(s.Properties)+5)
	for name, v := range s.Properties {
		if _, isOwned := ownedProperties[name]; !isOwned {
			out[name] = v.V
		}
	}
	member := fmt.Sprintf("-%s-%d", id, index)
	if instance := out["group.instance.id"]; instance != "" {
		out["group.instance.id"] = instance + member // one id may be alive once
	}
	out["bootstrap.servers"] = s.BootstrapServers.V
	out["group.id"] = s.GroupID.V
	out["client.id"] = s.ClientID.V + member
	out["auto.offset.reset"] = clientReset(s.AutoOffsetReset.V)
	out["max.poll.interval.ms"] = ms(s)
	return out
}

// sharedConfig is what the configurations of all members have in common.
func sharedConfig(s spec.Settings, id string) map[string]string {
	out := clientConfig(s, id, 0)
	out["client.id"] = s.ClientID.V + "-" + id
	if prefix := s.GroupInstanceID.V; prefix != "" {
		out["group.instance.id"] = prefix + "-" + id
	}
	out["group.protocol"] = s.GroupProtocol.V
	if s.Assignor.IsSet() && s.Assignor.V != "keep" {
		out["partition.assignment.strategy"] = s.Assignor.V
	}
	return out
}
