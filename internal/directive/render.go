package directive

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
)

// options returns the Go options of a declaration, in its order.
func (e *emitter) options(d Declaration) []string {
	var out []string
	for _, a := range d.Args {
		out = append(out, e.option(d.Verb, a)...)
	}
	return out
}

// option returns the option that a user would have typed for an argument.
// Where the settings' own option can't take the text, which holds a
// placeholder perhaps, it is Setting.
func (e *emitter) option(v Verb, a Arg) []string {
	if list := a.Properties(); list != nil {
		var out []string
		for _, p := range list {
			out = append(out, e.call(factoryPath, "Property", quote(p[0]), quote(p[1])))
		}
		return out
	}
	if typed := e.typed(v, a); typed != nil {
		return typed
	}
	home := factoryPath
	if k, _ := spec.Lookup(a.Key); v == Listener && k.Scope == spec.ListenerScope {
		home = listenerPath
	}
	return []string{e.call(home, "Setting", quote(a.Key), quote(a.Value))}
}

// typed is the setting's own option, nil where it has none or can't take the text.
func (e *emitter) typed(v Verb, a Arg) []string {
	if special, ok := specials[a.Key]; ok {
		return special(e, a.Value)
	}
	o, ok := scalars[a.Key]
	if !ok || hasPlaceholder(a.Value) && (o.kind != "string" || !resolved[a.Key]) {
		return nil
	}
	home := factoryPath
	if v == Listener && o.listener {
		home = listenerPath
	}
	var value string
	switch o.kind {
	case "string":
		value = quote(a.Value)
	case "int", "bool":
		value = canonical(a.Key, a.Value)
	case "float64":
		value = canonical(a.Key, a.Value)
	case "time.Duration":
		if d, err := time.ParseDuration(canonical(a.Key, a.Value)); err == nil {
			value = e.goDuration(d)
		}
	}
	if value == "" {
		return nil
	}
	return []string{e.call(home, o.name, value)}
}

// A scalar is an option with one parameter.
type scalar struct {
	name     string
	kind     string // its Go type
	listener bool   // package listener has it, too
}

// resolved are the settings whose own options resolve placeholders.
var resolved = map[string]bool{
	"group-id": true, "factory": true, "client-id": true, "bootstrap-servers": true, "cluster": true, "reply-to": true,
	"group-instance-id": true, "transaction-id-prefix": true, "transaction-instance": true,
}

// specials are the settings whose options take something else than one
// scalar; nil where they can't take the text.
var specials = map[string]func(*emitter, string) []string{
	"topics":          listOption("Topics"),
	"reply-to-header": listOption("ReplyToHeader"),
	"broadcast":       flagOption("Broadcast"),
	"reply-errors":    flagOption("ReplyErrors"),
	"partitions":      (*emitter).partitions,
	"ack-mode": func(e *emitter, text string) []string {
		mode, err := ackmode.Parse(text)
		if err != nil {
			return nil
		}
		return []string{e.call(factoryPath, "AckMode", e.name(ackmodePath)+"."+camel(mode.String()))}
	},
	"commit":            choiceOption("Commit", map[string]string{"awaited": "Awaited", "pipelined": "Pipelined"}),
	"ack-scope":         choiceOption("AckScope", map[string]string{"record": "PerRecord", "cumulative": "Cumulative"}),
	"auto-offset-reset": choiceOption("AutoOffsetReset", map[string]string{"earliest": "Earliest", "latest": "Latest", "none": "None"}),
	"on-hang":           choiceOption("OnHang", map[string]string{"leaves": "Leaves", "stays": "Stays"}),
	"on-fatal":          choiceOption("OnFatal", map[string]string{"listener": "ListenerEnds", "app": "AppEnds"}),
	"ordering":          choiceOption("Ordering", map[string]string{"partition": "OrderedByPartition", "key": "OrderedByKey", "none": "Unordered"}),
	"null-key":          choiceOption("NullKey", map[string]string{"unordered": "NullUnordered", "queue": "NullQueue"}),
	"reader":            choiceOption("Reader", map[string]string{"poll": "Poll", "queues": "Queues"}),
	"dead-letter.topic": func(*emitter, string) []string { return nil }, // its option sets dead-letter.enabled, too
	"dead-letter.enabled": func(e *emitter, text string) []string {
		switch canonical("dead-letter.enabled", text) {
		case "true":
			return []string{e.call(factoryPath, "DeadLetter")}
		case "false":
			return []string{e.call(factoryPath, "NoDeadLetter")}
		default:
			return nil
		}
	},
	"back-off.jitter": choiceOption("BackOffJitter", map[string]string{"full": "JitterFull", "none": "JitterNone"}),
	"recover": choiceOption("Recover", map[string]string{
		"hold": "RecoverHold", "dead-letter": "RecoverDeadLetter", "skip": "RecoverSkip", "stop": "RecoverStop",
	}),
	"unacked": timedOption(func(text string) (string, time.Duration) {
		u, err := spec.ParseUnacked(text)
		names := map[spec.UnackedKind]string{spec.UnackedKeep: "UnackedKeep", spec.UnackedRedeliver: "UnackedRedeliver", spec.UnackedFail: "UnackedFail"}
		if err != nil || u.Kind == spec.UnackedRedeliver && u.After == 0 {
			return "", 0
		}
		return names[u.Kind], u.After
	}),
	"start": timedOption(func(text string) (string, time.Duration) {
		p, err := spec.ParseStart(text)
		names := map[spec.StartKind]string{spec.StartBackground: "StartBackground", spec.StartWait: "StartWait", spec.StartFail: "StartFail"}
		if err != nil {
			return "", 0
		}
		return names[p.Kind], p.Within
	}),
}

// listOption is a listener's option of several texts. Placeholders are
// resolved where it is used; one that stands for several topics may.
func listOption(name string) func(*emitter, string) []string {
	return func(e *emitter, text string) []string {
		if hasPlaceholder(text) && name != "Topics" {
			return nil
		}
		var quoted []string
		for _, t := range splitList(text) {
			quoted = append(quoted, quote(t))
		}
		return []string{e.call(listenerPath, name, quoted...)}
	}
}

func flagOption(name string) func(*emitter, string) []string {
	return func(e *emitter, text string) []string {
		if !strings.EqualFold(strings.TrimSpace(text), "true") {
			return nil
		}
		return []string{e.call(listenerPath, name)}
	}
}

func choiceOption(name string, constants map[string]string) func(*emitter, string) []string {
	return func(e *emitter, text string) []string {
		c, ok := constants[strings.ToLower(strings.TrimSpace(text))]
		if !ok {
			return nil
		}
		return []string{e.call(factoryPath, name, e.name(factoryPath)+"."+c)}
	}
}

func timedOption(read func(string) (name string, d time.Duration)) func(*emitter, string) []string {
	return func(e *emitter, text string) []string {
		name, d := read(text)
		switch {
		case name == "":
			return nil
		case d == 0:
			return []string{e.call(factoryPath, name)}
		default:
			return []string{e.call(factoryPath, name, e.goDuration(d))}
		}
	}
}

// partitions are one option for each set of them.
func (e *emitter) partitions(text string) []string {
	if hasPlaceholder(text) {
		return nil
	}
	var out []string
	for _, one := range splitList(text) {
		set, err := spec.ParsePartitions(one)
		if err != nil {
			return nil
		}
		ids := "*"
		if set.IDs != nil {
			_, ids, _ = strings.Cut(spec.PartitionSet{Topic: "t", IDs: set.IDs}.String(), "[")
			ids = strings.TrimSuffix(ids, "]")
		}
		args := []string{quote(set.Topic), quote(ids)}
		switch p := set.Start; p.Kind {
		case 0:
		case spec.AtBeginning:
			args = append(args, e.call(listenerPath, "FromBeginning"))
		case spec.AtEnd:
			args = append(args, e.call(listenerPath, "FromEnd", "0"))
		case spec.FromEnd:
			args = append(args, e.call(listenerPath, "FromEnd", strconv.FormatInt(p.N, 10)))
		case spec.AtOffset:
			args = append(args, e.call(listenerPath, "FromOffset", strconv.FormatInt(p.N, 10)))
		case spec.FromCurrent:
			args = append(args, e.call(listenerPath, "FromCurrent", strconv.FormatInt(p.N, 10)))
		default:
			return nil // a time reads better as it was written
		}
		out = append(out, e.call(listenerPath, "Partitions", args...))
	}
	return out
}

// canonical reads a text as configuration does, and prints it as the settings
// are printed; "" where it can't be read.
func canonical(key, text string) string {
	var s spec.Settings
	k, _ := spec.Lookup(key)
	if k.Set(&s, text, "directive") != nil {
		return ""
	}
	printed, _ := k.Get(&s)
	return printed
}

// goDuration writes 10*time.Second.
func (e *emitter) goDuration(d time.Duration) string {
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{
		{time.Hour, "Hour"},
		{time.Minute, "Minute"},
		{time.Second, "Second"},
		{time.Millisecond, "Millisecond"},
		{time.Microsecond, "Microsecond"},
		{time.Nanosecond, "Nanosecond"},
	} {
		switch {
		case d == 0:
			return "0"
		case d == unit.d:
			return e.name("time") + "." + unit.name
		case d%unit.d == 0:
			return fmt.Sprintf("%d*%s.%s", d/unit.d, e.name("time"), unit.name)
		}
	}
	return ""
}

// camel is a setting's name as Go spells it: group-id is GroupID.
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		if word == "id" {
			b.WriteString("ID")
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func quote(text string) string { return strconv.Quote(text) }
