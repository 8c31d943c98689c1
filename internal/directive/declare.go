package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"unicode"

	"github.com/hearken-go/hearken/internal/spec"
)

// readComments turns the comments of a file into declarations and faults.
func (s *source) readComments() {
	targets := s.targets()
	for _, group := range s.file.Comments {
		t, attached := targets[group]
		if !attached {
			t.what = "nothing"
		}
		for _, c := range group.List {
			n, wrong := readComment(c.Text)
			switch {
			case wrong != nil:
				s.pkg.fault(c.Pos(), wrong.at, wrong.problem, wrong.fix)
			case n != nil:
				s.readNote(c, n, t)
			}
		}
	}
}

// readNote makes a declaration of a directive; all that is wrong with it is reported.
func (s *source) readNote(c *ast.Comment, n *note, t target) {
	d := Declaration{Verb: n.verb, Pos: s.set.Position(c.Pos())}
	fault := func(at int, problem, fix string) { s.pkg.fault(c.Pos(), at, problem, fix) }
	for _, w := range n.wrong {
		fault(w.at, w.problem, w.fix)
	}
	named := s.readArgs(&d, n.args, fault)
	switch {
	case s.test:
		fault(0, "a directive in a test file declares nothing", "call the handler from the test, or move it")
	case s.limits != "":
		fault(0, fmt.Sprintf("the file is built only under %s, and %s always", s.limits, GeneratedFile), "move the function to a file without conditions")
	case t.what != "":
		fault(0, fmt.Sprintf("%s%s stands on %s", prefix, n.verb, t.what), places(n.verb))
	case t.pkg && n.verb == Listener:
		fault(0, prefix+"listener stands on the package clause", places(n.verb))
	case t.fun != nil:
		d.Func = s.function(t.fun, n.verb)
	}
	s.giveName(&d, named || len(n.wrong) > 0, fault)
	s.pkg.Declarations = append(s.pkg.Declarations, d)
}

func places(v Verb) string {
	if v == Factory {
		return "it belongs directly above a function, or above the package clause"
	}
	return "it belongs directly above a function or a method"
}

// readArgs checks id, name and settings. It returns whether a name is there, or
// a key that may have been meant to be it.
func (s *source) readArgs(d *Declaration, args []Arg, fault func(int, string, string)) (named bool) {
	seen := map[string]bool{}
	for _, a := range args {
		if seen[a.Key] {
			fault(a.At, fmt.Sprintf("%s is there twice", printable(a.Key)), "remove one of them")
			continue
		}
		seen[a.Key] = true
		if a.Key != nameKey(d.Verb) {
			problem, fix, atValue := checkSetting(d.Verb, a)
			if problem != "" && atValue {
				fault(a.ValueAt, problem, fix)
			} else if problem != "" {
				fault(a.At, problem, fix)
				named = true
			}
			d.Args = append(d.Args, a)
			continue
		}
		d.Name, named = a.Value, true
		switch bad := spec.BadName(a.Value); {
		case hasPlaceholder(a.Value):
			fault(a.ValueAt, a.Key+" holds a placeholder", "configuration and code know it by this name: write it out")
		case bad != "":
			fault(a.ValueAt, a.Key+" "+bad, "use letters, digits, dots, underscores and hyphens")
		}
	}
	return named
}

func nameKey(v Verb) string {
	if v == Factory {
		return "name"
	}
	return "id"
}

// giveName gives a declaration the name that it does not have. named tells that
// it has one, or an argument that can't be read, which may be the missing one.
func (s *source) giveName(d *Declaration, named bool, fault func(int, string, string)) {
	switch {
	case named:
	case d.Verb == Factory:
		fault(0, prefix+"factory has no name", "write name=…, by which listeners choose it")
	case d.Setting("group-id") == "":
		fault(0, prefix+"listener has neither id nor group-id", "write one of them: a group that is called after its function would change with it")
	case d.Func != nil:
		d.Name = kebab(d.Func.Name)
	}
}

// kebab spells a function's name as configuration would: OnOrder is on-order.
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// function reads what a directive stands on, and reports what does not fit.
func (s *source) function(f *ast.FuncDecl, v Verb) *Func {
	fn := &Func{Name: f.Name.Name}
	fault := func(pos token.Pos, problem, fix string) {
		s.pkg.fault(pos, 0, fmt.Sprintf("%s: %s", f.Name.Name, problem), fix)
	}
	switch {
	case f.Name.Name == "_" || f.Recv == nil && (f.Name.Name == "main" || f.Name.Name == "init"):
		fault(f.Name.Pos(), "nothing can refer to it", "give it a name of its own")
		return fn
	case f.Recv != nil && len(f.Recv.List) == 1:
		s.receiver(fn, f.Recv.List[0], fault)
	}
	if v == Factory {
		if problem := s.factoryResults(f); problem != "" {
			fault(f.Name.Pos(), problem, "a factory's function returns a factory.ContainerFactory, a factory.Option or []factory.Option, and optionally an error; its parameters are injected")
		}
		return fn
	}
	shape, problem, fix := s.handlerShape(f)
	if problem != "" {
		fault(f.Name.Pos(), problem, fix)
	}
	fn.Shape = shape
	return fn
}

// receiver reads the receiver of a method.
func (s *source) receiver(fn *Func, field *ast.Field, fault func(token.Pos, string, string)) {
	if len(field.Names) > 0 {
		fn.Var = field.Names[0].Name
	}
	t := ast.Unparen(field.Type)
	fn.Receiver = printed(t)
	star, isPointer := t.(*ast.StarExpr)
	if isPointer {
		t = ast.Unparen(star.X)
	}
	switch base := t.(type) {
	case *ast.Ident:
		s.provided(fn, base, fault)
	case *ast.SelectorExpr:
		fault(base.Pos(), fmt.Sprintf("its receiver %s is of another package", fn.Receiver), "write a function that takes it from there, or a type of your own")
	default:
		fault(t.Pos(), fmt.Sprintf("its receiver %s has type parameters", fn.Receiver), "fx injects concrete types: write a method of one")
	}
}

// provided reports a receiver that no other package could provide, where the
// package itself does not use fx.
func (s *source) provided(fn *Func, base *ast.Ident, fault func(token.Pos, string, string)) {
	p := s.pkg
	if base.IsExported() || p.Name == "main" || p.imports[fxPath] || p.returned[base.Name] || p.returned["*"+base.Name] {
		return
	}
	name := strings.ToUpper(base.Name[:1]) + base.Name[1:]
	fault(base.Pos(), fmt.Sprintf("its receiver %s is unexported, and nothing in package %s lets another package provide it", fn.Receiver, p.Name),
		fmt.Sprintf("export the type, or a constructor: func New%s() %s", name, fn.Receiver))
}

// factoryResults says what is wrong with a function as the maker of a factory.
func (s *source) factoryResults(f *ast.FuncDecl) string {
	if f.Type.TypeParams != nil {
		return "a factory's function can't have type parameters"
	}
	var types []ast.Expr
	if f.Type.Results != nil {
		for _, field := range f.Type.Results.List {
			for range max(1, len(field.Names)) {
				types = append(types, field.Type)
			}
		}
	}
	var texts []string
	for _, t := range types {
		texts = append(texts, printed(t))
	}
	if len(types) == 0 {
		return "it returns nothing"
	}
	made := ast.Unparen(types[0])
	if list, ok := made.(*ast.ArrayType); ok && list.Len == nil && s.isNamed(list.Elt, factoryPath, "Option") {
		made = list.Elt
	}
	fits := s.isNamed(made, factoryPath, "ContainerFactory") && made == ast.Unparen(types[0]) || s.isNamed(made, factoryPath, "Option")
	if !fits || len(types) > 2 || len(types) == 2 && texts[1] != "error" {
		return "it returns " + strings.Join(texts, ", ")
	}
	return ""
}
