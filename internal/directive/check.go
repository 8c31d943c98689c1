package directive

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// Check returns all that is wrong with the module's directives, by file and
// line: first what each says, then what they mean for each other.
func (m *Module) Check() []Fault {
	faults := m.found()
	meet := m.programs()
	faults = append(faults, m.duplicates(meet)...)
	faults = append(faults, m.unknownFactories()...)
	for _, p := range m.Packages {
		faults = append(faults, p.clashes()...)
	}
	faults = append(faults, m.unasked(meet)...)
	return sortFaults(faults)
}

// programs are the packages that each main reaches.
type programs struct {
	mains   []map[string]bool
	reached map[string]bool
}

func (m *Module) programs() programs {
	by := map[string]*Package{}
	for _, p := range m.Packages {
		by[p.Path] = p
	}
	out := programs{reached: map[string]bool{}}
	for _, p := range m.Packages {
		if p.Name != "main" {
			continue
		}
		seen := map[string]bool{}
		var visit func(path string)
		visit = func(path string) {
			if by[path] == nil || seen[path] {
				return
			}
			seen[path] = true
			for next := range by[path].imports {
				visit(next)
			}
		}
		visit(p.Path)
		out.mains = append(out.mains, seen)
		maps.Copy(out.reached, seen)
	}
	return out
}

// Programs returns the packages of each program of the module, those of one
// main after the other, and at last the packages that no main reaches: a library's.
func (m *Module) Programs() [][]*Package {
	all := m.programs()
	pick := func(in func(*Package) bool) []*Package {
		return slices.DeleteFunc(slices.Clone(m.Packages), func(p *Package) bool { return !in(p) })
	}
	var out [][]*Package
	for _, seen := range all.mains {
		out = append(out, pick(func(p *Package) bool { return seen[p.Path] }))
	}
	if rest := pick(func(p *Package) bool { return !all.reached[p.Path] }); len(rest) > 0 {
		out = append(out, rest)
	}
	return out
}

// together reports whether two packages may be in one program. What no main
// of the module reaches may be in any.
func (p programs) together(a, b string) bool {
	if a == b || !p.reached[a] || !p.reached[b] {
		return true
	}
	return slices.ContainsFunc(p.mains, func(seen map[string]bool) bool { return seen[a] && seen[b] })
}

// duplicates reports ids and names that two directives of one program have.
func (m *Module) duplicates(meet programs) []Fault {
	type place struct {
		d    Declaration
		path string
	}
	first := map[string][]place{}
	var faults []Fault
	for _, p := range m.Packages {
		for _, d := range p.Declarations {
			if d.Name == "" {
				continue
			}
			key := string(d.Verb) + " " + d.Name
			i := slices.IndexFunc(first[key], func(o place) bool { return meet.together(o.path, p.Path) })
			if i >= 0 {
				other := first[key][i].d.Pos
				faults = append(faults, Fault{
					Pos: d.Pos, Problem: fmt.Sprintf("the %s %s is taken by %s:%d:%d", nameKey(d.Verb), d.Name, other.Filename, other.Line, other.Column),
					Fix: "give one of them another " + nameKey(d.Verb),
				})
			}
			first[key] = append(first[key], place{d, p.Path})
		}
	}
	return faults
}

// unknownFactories reports listeners that choose a factory which neither
// directives, code nor configuration files make.
func (m *Module) unknownFactories() []Fault {
	names := maps.Clone(m.configured)
	computed := false
	for _, p := range m.Packages {
		maps.Copy(names, p.factories)
		computed = computed || p.computed
		for _, d := range p.Declarations {
			if d.Verb == Factory && d.Name != "" {
				names[d.Name] = true
			}
		}
	}
	if computed {
		return nil // a name that the code computes can't be known here; the start knows it
	}
	known := slices.Sorted(maps.Keys(names))
	var faults []Fault
	for _, p := range m.Packages {
		for _, d := range p.Declarations {
			name := d.Setting("factory")
			if d.Verb != Listener || name == "" || hasPlaceholder(name) || names[name] {
				continue
			}
			at := d.Pos
			for _, a := range d.Args {
				if a.Key == "factory" {
					at.Column += a.ValueAt
				}
			}
			faults = append(faults, Fault{Pos: at, Problem: "unknown factory " + printable(name), Fix: factoriesFix(name, known)})
		}
	}
	return faults
}

func factoriesFix(name string, known []string) string {
	if len(known) == 0 {
		return "there is none: write " + prefix + "factory name=" + printable(name) + " … above the package clause, or an app.Factory"
	}
	list := "known are " + strings.Join(known, ", ")
	if near := spec.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %s? (%s)", near, list)
	}
	return list
}

// clashes reports a package that has KafkaListeners itself, and a file of the
// generated one's name that somebody else wrote.
func (p *Package) clashes() []Fault {
	if len(p.Declarations) == 0 {
		return nil
	}
	var faults []Fault
	if at, ok := p.declared[GeneratedFunc]; ok {
		faults = append(faults, Fault{Pos: at, Problem: GeneratedFunc + " is what the generated file declares", Fix: "rename it"})
	}
	if p.Generated != nil && !isGenerated(p.Generated) {
		pos := p.Declarations[0].Pos
		pos.Filename, pos.Line, pos.Column = join(p.Dir, GeneratedFile), 1, 1
		faults = append(faults, Fault{Pos: pos, Problem: "the file is not generated", Fix: "rename it: its name belongs to hearken generate"})
	}
	return faults
}

// unasked warns of listeners that nobody gives to an application: they would
// never run. A module without a main is a library, whose users do that.
func (m *Module) unasked(meet programs) []Fault {
	if len(meet.mains) == 0 {
		return nil
	}
	asked := map[string]bool{}
	for _, p := range m.Packages {
		maps.Copy(asked, p.asked)
	}
	var faults []Fault
	for _, p := range m.Packages {
		if len(p.Declarations) == 0 || asked[p.Path] || asked[askedAs(p.Path, p.Name)] {
			continue
		}
		call := p.Name + "." + GeneratedFunc + "()"
		if p.Name == "main" {
			call = GeneratedFunc + "()"
		}
		faults = append(faults, Fault{
			Pos: p.Declarations[0].Pos, Warning: true, Problem: fmt.Sprintf("nobody calls %s: what package %s declares would never run", call, p.Name),
			Fix: "give it to app.New, or to fx.New",
		})
	}
	return faults
}
