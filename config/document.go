package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/knadh/koanf/maps"
	"go.yaml.in/yaml/v3"

	"github.com/hearken-go/hearken/internal/spec"
)

// A leaf is one value with its place. Values are kept as they were written:
// a password 0123 is four digits and no number.
type leaf struct {
	value   any // string or []string
	file    string
	origin  string // "hearken.yaml:7", "env KAFKA_…"
	literal bool   // placeholders are not looked for
}

// A document is a koanf.Parser that notes where each value stands. It reads
// one source and is then asked for leaves and faults.
type document struct {
	name     string
	leaves   map[string]leaf   // by joined path
	named    map[string]string // origin of "factories\x1fNAME", "listeners\x1fID", …
	profiles []string          // those that are active
	faults   spec.Faults
	budget   int // nodes that may still be visited: aliases can blow a small text up
}

// Deeper or larger than any configuration.
const (
	maxNodes = 50_000
	maxDepth = 40
)

func newDocument(name string, profiles []string) *document {
	return &document{name: name, profiles: profiles, leaves: map[string]leaf{}, named: map[string]string{}, budget: maxNodes}
}

// Unmarshal reads YAML documents; a later one in the same text wins. Those of
// a profile that is not active are left out.
func (d *document) Unmarshal(text []byte) (map[string]any, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			d.syntax(err)
			break
		}
		part := &document{name: d.name, leaves: map[string]leaf{}, named: map[string]string{}, budget: d.budget}
		part.root(&root)
		d.budget = part.budget
		if !part.isFor(d.profiles) {
			continue
		}
		for name, origin := range part.named {
			if d.named[name] == "" {
				d.named[name] = origin
			}
		}
		for path, l := range part.leaves {
			d.leaves[path] = l
		}
		for _, f := range part.faults.All() {
			d.faults.Add(f)
		}
	}
	d.dropShadowed()
	flat := make(map[string]any, len(d.leaves))
	for path, l := range d.leaves {
		flat[path] = l.value
	}
	return maps.Unflatten(flat, delim), nil
}

// Marshal is not supported.
func (d *document) Marshal(map[string]any) ([]byte, error) {
	return nil, errors.New("hearken: configuration is only read")
}

func (d *document) root(n *yaml.Node) {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	switch {
	case n.Kind == 0, n.Kind == yaml.ScalarNode && n.Tag == "!!null":
	case n.Kind == yaml.MappingNode:
		d.mapping(nil, n, 0)
	default:
		d.fault(ErrSyntax, nil, n, "is not a map of keys", "begin with kafka:")
	}
}

// mapping notes the leaves of a map.
func (d *document) mapping(path []string, n *yaml.Node, depth int) {
	if depth > maxDepth {
		d.fault(ErrSyntax, nil, n, "is nested too deeply", "no setting needs that")
		return
	}
	for _, p := range d.pairs(n) {
		if d.budget--; d.budget < 0 {
			d.faults.Add(&Fault{Kind: ErrSyntax, Origin: d.name, Problem: "is too large, or its aliases are", Fix: "no configuration needs that"})
			return
		}
		if strings.ContainsFunc(p.key, unicode.IsControl) {
			d.fault(ErrUnknownKey, path, p.at, "holds a key with control characters", "remove it")
			continue
		}
		d.node(extend(path, p.key, p.value.Kind == yaml.MappingNode), p.at, p.value, depth)
	}
}

// node notes one value; at is where its key stands.
func (d *document) node(path []string, at, n *yaml.Node, depth int) {
	if path[0] == "kafka" {
		if b := locate(path); b.named && b.name != "" {
			if name := b.place(); d.named[name] == "" {
				d.named[name] = d.origin(at)
			}
		}
	}
	switch n.Kind {
	case yaml.MappingNode:
		d.mapping(path, n, depth+1)
	case yaml.SequenceNode:
		d.list(path, at, n)
	case yaml.ScalarNode:
		switch {
		case n.Tag != "!!null":
			d.set(path, at, n.Value)
		case path[0] == "kafka" && !isSection(path):
			d.misfit(path, at, "has no value", "give it one, or remove the key")
		}
	}
}

// misfit reports a value that no setting has, unless the key is none at all.
func (d *document) misfit(path []string, at *yaml.Node, problem, fix string) {
	if _, f := classify(path); f != nil {
		f.Origin = d.origin(at)
		d.faults.Add(f)
		return
	}
	d.fault(ErrInvalidSetting, path, at, problem, fix)
}

func (d *document) list(path []string, at, n *yaml.Node) {
	out := make([]string, 0, len(n.Content))
	for _, e := range n.Content {
		if d.budget--; d.budget < 0 {
			return // mapping says so at the next key
		}
		if e = deref(e); e.Kind != yaml.ScalarNode {
			if path[0] == "kafka" {
				d.misfit(path, at, "is a list of more than plain values", "write one text per element")
			}
			return // lists of maps belong to the user; placeholders can't name them
		}
		out = append(out, e.Value)
	}
	d.set(path, at, out)
}

// set notes a leaf, once it is known to be a setting or to belong to the user.
func (d *document) set(path []string, at *yaml.Node, value any) {
	joined := strings.Join(path, delim)
	if before, ok := d.leaves[joined]; ok {
		d.fault(ErrInvalidSetting, path, at, "is set twice, at "+before.origin+" before", "remove one of them")
		return
	}
	if path[0] == "kafka" {
		if _, f := classify(path); f != nil {
			f.Origin = d.origin(at)
			d.faults.Add(f)
			return
		}
	}
	d.leaves[joined] = leaf{value: value, file: d.name, origin: d.origin(at)}
}

// dropShadowed removes the user's values that are a value and a section at
// once (app: x beside app.y: z), which no nested map can hold.
func (d *document) dropShadowed() {
	for path := range d.leaves {
		for i := range path {
			if path[i:i+1] == delim {
				delete(d.leaves, path[:i])
			}
		}
	}
}

func (d *document) origin(n *yaml.Node) string {
	if d.name == "map" {
		return "map" // its lines are of a text that nobody has seen
	}
	return fmt.Sprintf("%s:%d", d.name, n.Line)
}

func (d *document) fault(kind error, path []string, at *yaml.Node, problem, fix string) {
	d.faults.Add(&Fault{Kind: kind, Key: display(path), Origin: d.origin(at), Problem: problem, Fix: fix})
}

var (
	lineNumber = regexp.MustCompile(`line (\d+): `)
	quoted     = regexp.MustCompile("'[^']*'|`[^`]*`|\"[^\"]*\"")
)

// syntax reports what the YAML reader says without what it quotes: a password
// that begins with * is an unknown alias to it.
func (d *document) syntax(err error) {
	text, origin := strings.TrimPrefix(err.Error(), "yaml: "), d.name
	if m := lineNumber.FindStringSubmatch(text); m != nil {
		origin += ":" + m[1]
		text = strings.Replace(text, m[0], "", 1)
	}
	if strings.Contains(text, "anchor") {
		text = "a value that begins with * or & is an alias or anchor to YAML"
	}
	fix := "put values with special characters in quotes"
	if strings.Contains(text, "cannot start any token") {
		fix = "indent with blanks, not with tabs, and put values that begin with @ or ` in quotes"
	}
	text = quoted.ReplaceAllString(text, "…")
	d.faults.Add(&Fault{Kind: ErrSyntax, Origin: origin, Problem: "not YAML: " + text, Fix: fix})
}
