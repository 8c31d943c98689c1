package spec

import (
	"errors"
	"strings"
)

// What a Fault may be about. Compare with errors.Is; packages config and
// factory export those that they report.
var (
	ErrInvalidSetting    = errors.New("invalid setting")
	ErrContradiction     = errors.New("settings contradict each other")
	ErrUnknownKey        = errors.New("unknown key")
	ErrUnknownProperty   = errors.New("unknown client property")
	ErrUnresolved        = errors.New("unresolved placeholder")
	ErrSyntax            = errors.New("unreadable configuration")
	ErrUnknownFactory    = errors.New("unknown factory")
	ErrDuplicateFactory  = errors.New("duplicate factory")
	ErrUnknownListener   = errors.New("unknown listener")
	ErrDuplicateListener = errors.New("duplicate listener")
)

// A Fault is one thing that is wrong with the settings: where, what, and what
// to do about it. It holds no secret: whoever makes one redacts first.
type Fault struct {
	Kind    error  // one of the Err values above
	Subject string // `listener "refunds" (main.go:31)`, "" where the fault belongs to nobody
	Key     string // the setting in YAML spelling, "" where no setting is to blame
	Origin  string // where the setting was written
	Problem string // what is wrong, in words
	Fix     string // the way out
	Cause   error  // a deeper error, if there is one
}

// Error is one line: subject, key with its origin, problem, way out.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Subject != "" {
		b.WriteString(f.Subject + ": ")
	}
	switch {
	case f.Key != "" && f.Origin != "":
		b.WriteString(f.Key + " (" + f.Origin + "): ")
	case f.Key != "":
		b.WriteString(f.Key + ": ")
	case f.Origin != "":
		b.WriteString(f.Origin + ": ")
	}
	b.WriteString(f.Problem)
	if f.Fix != "" {
		b.WriteString("; " + f.Fix)
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (f *Fault) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}

// Faults collects faults. The zero Faults is empty.
type Faults struct {
	list   []*Fault
	seen   map[Fault]bool
	shared map[Fault]string // full path, by Key and Origin
}

// Share tells fs which settings belong to nobody: those of the kafka.* layer.
// AddOnce reports a fault of one of them without a subject, and a key
// under its full path, for the listener that met it first is not to blame.
func (fs *Faults) Share(s Settings) {
	if fs.shared == nil {
		fs.shared = map[Fault]string{}
	}
	share := func(key, origin, path string) {
		if origin != "" {
			fs.shared[Fault{Key: key, Origin: origin}] = path
		}
	}
	for _, k := range Keys {
		_, origin, _ := k.get(&s)
		share(k.Name, origin, strings.ReplaceAll("kafka."+k.Home+"."+k.Name, "..", "."))
	}
	for name, v := range s.Properties {
		name = "properties." + Printable("", name)
		share(name, v.Origin, name)
	}
}

// Add appends f.
func (fs *Faults) Add(f *Fault) { fs.list = append(fs.list, f) }

// AddOnce appends f, unless the same key of the same origin has the same
// problem already: a fault of a factory is one, however many listeners meet it.
func (fs *Faults) AddOnce(f *Fault) {
	if path, ok := fs.shared[Fault{Key: f.Key, Origin: f.Origin}]; ok {
		shared := *f
		shared.Subject, shared.Key = "", path
		f = &shared
	}
	same := Fault{Kind: f.Kind, Key: f.Key, Origin: f.Origin, Problem: f.Problem}
	if f.Origin == "" {
		same.Subject = f.Subject
	}
	if fs.seen[same] {
		return
	}
	if fs.seen == nil {
		fs.seen = map[Fault]bool{}
	}
	fs.seen[same] = true
	fs.Add(f)
}

// All returns the faults in the order in which they were added.
func (fs *Faults) All() []*Fault { return fs.list }

// Err joins all faults, or returns nil.
func (fs *Faults) Err() error {
	errs := make([]error, len(fs.list))
	for i, f := range fs.list {
		errs[i] = f
	}
	return errors.Join(errs...)
}
