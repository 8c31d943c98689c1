package factory

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

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
	"enable.auto.commit":       fixed("false", "the container commits when records are settled"),
	"auto.commit.enable":       fixed("false", "the container commits when records are settled"),
	"enable.auto.offset.store": fixed("false", "the client would store offsets of records that nobody has seen"),
	"log.queue":                fixed("true", "the container reads the client's log"),
	"go.logs.channel.enable":   fixed("true", "the container reads the client's log"),
	"go.events.channel.enable": fixed("false", "the container polls"),
	"group.id":                 {func(s spec.Settings) string { return s.GroupID.V }, "set group-id"},
	"client.id":                {func(s spec.Settings) string { return s.ClientID.V }, "set client-id"},
	"auto.offset.reset":        {func(s spec.Settings) string { return clientReset(s.AutoOffsetReset.V) }, "set auto-offset-reset"},
	"max.poll.interval.ms":     {ms, "set max-poll-interval"},
	"max.poll.records":         {func(s spec.Settings) string { return strconv.Itoa(s.MaxPollRecords.V) }, "set max-poll-records"},
}

// idleProperties may stay where they are: they change nothing.
var idleProperties = map[string]string{
	"go.application.rebalance.enable": "the container follows rebalances itself",
	"go.logs.channel":                 "the container reads the client's log, and reports it as events",
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
// those that the client refuses. It returns notes on those that do nothing.
func (r *resolver) checkProperties(set spec.Settings, subject string) []string {
	full := spec.WithDefaults(set)
	config := map[string]string{}
	var notes []string
	for _, name := range set.SortedProperties() {
		v := set.Properties[name]
		if why, idle := idleProperties[name]; idle {
			notes = append(notes, fmt.Sprintf("properties.%s (%s) does nothing here: %s", name, v.Origin, why))
			continue
		}
		if spec.IsSecretFile(name) {
			content, err := spec.ReadSecret(v.V)
			if err == nil {
				config[strings.TrimSuffix(name, secretFile)] = content
				continue
			}
			r.attribute(unreadable(name, v.Origin, err), subject)
			continue
		}
		if fault := propertyFault(name, v.V, full); fault != nil {
			fault.Key, fault.Origin = "properties."+spec.Printable("", name), v.Origin
			r.attribute(fault, subject)
			continue
		}
		if _, isOwned := ownedProperties[name]; !isOwned && !(full.GroupProtocol.V == consumerProtocol && slices.Contains(classicProperties, name)) {
			config[name] = v.V
		}
	}
	for _, f := range r.client.faults(config, full) {
		if name := f.Key; name != "" {
			if _, ok := set.Properties[name]; !ok {
				name += secretFile
			}
			f.Key, f.Origin = "properties."+name, set.Properties[name].Origin
		}
		r.attribute(f, subject)
	}
	return notes
}

// secretFile ends the name of a property that names the file of another's value.
const secretFile = "-file"

func unreadable(name, origin string, err error) *Fault {
	return &Fault{
		Kind: ErrInvalidSetting, Key: "properties." + name, Origin: origin,
		Problem: "the file can't be used: " + err.Error(), Fix: "name a file that the program may read",
	}
}

// attribute adds a fault of a setting, once, in the name of whoever wrote it.
func (r *resolver) attribute(f *Fault, subject string) {
	f.Subject = r.subjectOf(f.Key, f.Origin, subject)
	r.faults.AddOnce(f)
}

// propertyFault says what is wrong with a property that the client need not be
// asked about; nil for nothing.
func propertyFault(name, value string, full spec.Settings) *Fault {
	o, isOwned := ownedProperties[name]
	switch {
	case strings.HasPrefix(value, unusable):
		return &Fault{
			Kind: ErrInvalidSetting, Problem: "a value of type " + strings.TrimPrefix(value, unusable) + " can't be used",
			Fix: "give it a text, a number or a bool",
		}
	case isOwned && (value == o.value(full) || name == "auto.offset.reset" && value == full.AutoOffsetReset.V.String()):
		return nil
	case isOwned:
		return &Fault{
			Kind: ErrContradiction, Fix: o.fix,
			Problem: fmt.Sprintf("the container owns this property, and its value is %q", spec.Printable(name, o.value(full))),
		}
	case strings.HasPrefix(name, "go."):
		return &Fault{
			Kind: ErrUnknownProperty, Problem: "belongs to the Go wrapper of the client, which the container sets up itself",
			Fix: "remove it",
		}
	case strings.ContainsRune(name+value, 0):
		return &Fault{Kind: ErrInvalidSetting, Problem: "holds a zero byte", Fix: "remove it"}
	case isFile(name) && strings.Contains(value, "-----BEGIN"):
		return &Fault{
			Kind: ErrInvalidSetting, Problem: "holds the text itself, and is the name of a file",
			Fix: "name a file, or set properties." + strings.TrimSuffix(name, "location") + "pem",
		}
	case isFile(name) && value != "" && value != "probe": // probe: the client looks for the system's
		if _, err := os.Stat(value); err != nil {
			return unreadable(name, "", spec.FileReason(err))
		}
	}
	return nil
}

// isFile reports whether a property names a file of the client's security.
func isFile(property string) bool {
	return strings.HasPrefix(property, "ssl.") && strings.HasSuffix(property, ".location")
}
