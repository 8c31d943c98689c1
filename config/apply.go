package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A found is one value under kafka or spring.kafka, in the order in which
// values are set: files before the environment, and within each what is
// translated before what stands under its own name, which wins.
type found struct {
	joined string
	target
	leaf
	spring bool
}

func (f found) rank() int {
	rank := 0
	if f.file == "env" {
		rank = 2
	}
	if f.setting != "" || f.property != "" {
		rank++
	}
	return rank
}

// path prints where the value stands.
func (f found) path() string {
	return strings.ReplaceAll(display(strings.Split(f.joined, delim)), envMark, "")
}

// at prints path and origin, as sentences have it.
func (f found) at() string { return spec.Printable("", f.path()) + " (" + f.origin + ")" }

// apply expands and reads every value under kafka and spring.kafka into the
// settings of its layer.
func (c *Config) apply() {
	var all []found
	for _, joined := range c.values.Keys() {
		under, spring, ok := ours(strings.Split(joined, delim))
		l, has := c.origins[joined]
		if !ok || !has { // has not: a section that a later file has replaced by a value
			continue
		}
		if spring {
			under = relax(under)
		}
		t, wrong := classify(under)
		if wrong != nil {
			if spring {
				c.warnf("spring.%s (%s) is not read: it means nothing here", spec.Printable("", wrong.Key), l.origin)
			}
			continue // under kafka the document has reported it, or it is an empty section
		}
		f := found{joined, t, l, spring}
		if spring && t.named { // Spring has no such section, and its layer none either
			c.warnf("%s is not read: write it below kafka.%s", f.at(), t.path[0])
			continue
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.joined, b.joined))
	})
	w := writer{c: c, written: map[string]written{}}
	for _, f := range all {
		w.one(f)
	}
	c.entriesOfFiles()
	c.checkProducers()
	c.compareTrees()
	c.sayMisplaced()
	c.sayUnfollowed()
	c.sayUnread(all)
	slices.Sort(c.Warnings)
}

// A writer sets values and remembers which, so that a value that is set by two
// names is noticed.
type writer struct {
	c       *Config
	written map[string]written // by tree, place and name
}

type written struct {
	by   found
	text string
}

func (w *writer) one(f found) {
	if f.foreign != nil {
		w.c.warnf("%s is not used: %s", f.at(), w.whyForeign(f))
		return
	}
	value, fault := w.c.expandLeaf(f)
	if fault == nil {
		fault = w.assign(f, value)
	}
	switch {
	case fault == nil:
	case f.spring && errors.Is(fault, spec.ErrUnknownProperty): // the client is not asked about Java's own
		w.c.warnf("%s is not used: %s", f.at(), strings.TrimSuffix(fault.Problem+"; "+fault.Fix, "; "))
	default:
		fault.Key, fault.Origin = f.path(), f.origin
		w.c.faults.Add(fault)
	}
}

// whyForeign is the table's reason, or what does the work of a Java class.
func (w *writer) whyForeign(f found) string {
	if class, ok := f.value.(string); ok && strings.HasSuffix(f.foreign.Name, "serializer") {
		if advice := spec.CodecAdvice(class); advice != "" {
			return advice
		}
	}
	return f.foreign.Why
}

// expandLeaf resolves the placeholders of one value or of each in a list.
func (c *Config) expandLeaf(f found) (any, *Fault) {
	if f.literal {
		return f.value, nil
	}
	e := c.expansion(f.joined, f.secret())
	if text, ok := f.value.(string); ok {
		out, fault := e.run(text)
		if e.volatile.Secret && fault == nil {
			return spec.SecretText(out), nil
		}
		return out, fault
	}
	in, _ := f.value.([]string)
	out, secret := make([]string, len(in)), false
	for i, text := range in {
		expanded, fault := e.run(text)
		if fault != nil {
			return nil, fault
		}
		out[i], secret = expanded, secret || e.volatile.Secret
	}
	if secret {
		return spec.SecretList(out), nil
	}
	return out, nil
}

// assign sets one value, or what it is translated to.
func (w *writer) assign(f found, value any) *Fault {
	switch {
	case f.setting != "":
		return w.set(f, f.setting, value)
	case f.property != "" && f.config:
		return w.set(f, "properties."+f.property, value)
	case f.property != "":
		return w.property(f, value)
	}
	pairs, err := f.alias.Read(value, func(name string) string { return w.sibling(f, name) })
	if err != nil {
		return invalid(err, f.target)
	}
	for _, name := range sorted(pairs) {
		if fault := w.set(f, name, likeSecret(value, pairs[name])); fault != nil {
			return fault
		}
	}
	return nil
}

// property sets a client property under its own name, or translates one of the
// Java client.
func (w *writer) property(f found, value any) *Fault {
	if f.property == "sasl.jaas.config" {
		user, password, err := spec.ParseJAAS(valueOf(value, "").V)
		if err != nil {
			return &Fault{Kind: ErrInvalidSetting, Problem: err.Error(), Fix: "set sasl.username and sasl.password"}
		}
		_ = w.set(f, "properties.sasl.username", spec.SecretText(user)) // a property takes any text
		return w.set(f, "properties.sasl.password", spec.SecretText(password))
	}
	if name := spec.SpringSetting(f.property); name != "" && f.spring && f.forListeners() {
		return w.set(f, name, value)
	}
	if text, ok := value.(string); ok && text == "" && f.property == "ssl.endpoint.identification.algorithm" {
		value = "none" // as Java has it
	}
	if equal := spec.JavaEqual(f.property); equal != "" {
		w.c.warnf("%s is set as %s, which is the client's name for it", f.at(), equal)
		return w.set(f, "properties."+equal, value)
	}
	if f.spring && !slices.Contains(spec.PropertyNames(), f.property) && !spec.IsSecretFile(f.property) {
		advice := spec.PropertyAdvice(f.property)
		if class, ok := value.(string); ok && spec.CodecAdvice(class) != "" {
			advice = spec.CodecAdvice(class)
		}
		return &Fault{Kind: spec.ErrUnknownProperty, Problem: "the client has no such property", Fix: advice}
	}
	return w.set(f, "properties."+f.property, value)
}

// forListeners reports whether the place holds settings of listeners.
func (b below) forListeners() bool {
	return !slices.Contains([]string{"producer", "template", "admin", "retry.topic"}, b.homes[len(b.homes)-1])
}

// set sets a setting or a property of the value's place.
func (w *writer) set(f found, name string, value any) *Fault {
	if err := w.c.treeOf(f.spring).set(f.below, name, value, f.origin); err != nil {
		return invalid(err, f.target)
	}
	id := fmt.Sprint(f.spring) + delim + f.place() + delim + idOf(name)
	text := valueOf(value, "").V
	if before, ok := w.written[id]; ok && before.text != text && before.by.rank()/2 == f.rank()/2 {
		w.c.warnf("%s is not used: %s says otherwise", before.by.at(), f.at())
	}
	w.written[id] = written{f, text}
	return nil
}

// idOf is one name for a setting and for the property that sets it.
func idOf(name string) string {
	if s := spec.SettingOf(strings.TrimPrefix(name, "properties.")); s != "" {
		return s
	}
	return name
}

// sibling returns the text of another alias of the same place.
func (w *writer) sibling(f found, name string) string {
	path := strings.Split(f.joined, delim)
	path = append(path[:len(path)-len(f.tail):len(path)-len(f.tail)], strings.Split(name, ".")...)
	l, ok := w.c.origins[strings.Join(path, delim)]
	if !ok {
		return ""
	}
	text, _ := w.c.expandLeaf(found{joined: strings.Join(path, delim), target: f.target, leaf: l})
	return valueOf(text, "").V
}

func invalid(err error, t target) *Fault {
	info := infoOf(t)
	return &Fault{Kind: ErrInvalidSetting, Problem: spec.Printable("", err.Error()), Fix: info.Name + " is: " + info.Doc}
}

func infoOf(t target) spec.Info {
	if t.alias != nil {
		return t.alias.Info
	}
	for _, i := range t.infos() {
		if i.Name == t.setting {
			return i
		}
	}
	return spec.Info{Name: t.property, Doc: "a client property"}
}

// likeSecret makes text as secret as the value that it was read from.
func likeSecret(value any, text string) any {
	switch value.(type) {
	case spec.SecretText, spec.SecretList:
		return spec.SecretText(text)
	default:
		return text
	}
}

func (c *Config) treeOf(spring bool) *tree {
	if spring {
		return c.spring
	}
	return c.own
}

// entriesOfFiles makes an entry of each name that a file holds, be it empty
// or faulty.
func (c *Config) entriesOfFiles() {
	for joined := range c.named {
		switch section, _, _ := strings.Cut(joined, delim); section {
		case "producers":
			slot(c.own.producers, joined)
		case "topics":
			slot(c.own.topics, joined)
		default:
			slot(c.own.settings, joined)
		}
	}
}

func sorted(pairs map[string]string) []string {
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
