package directive

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"regexp"
	"strconv"
)

// A source is one file of a package.
type source struct {
	set     *token.FileSet
	file    *ast.File
	name    string // relative to the module's root
	pkg     *Package
	imports map[string]string // name in this file → path
	dots    []string          // imported by a dot
	unnamed []string          // imported without a name: what they are called is for them to say
	limits  string            // what it is built for only, "" for always
	test    bool
}

// An alias is a type that is another name of one.
type alias struct {
	of ast.Expr
	in *source
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

// readImports notes by which names the file knows other packages.
func (s *source) readImports() {
	s.imports = map[string]string{}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		s.pkg.imports[p] = true
		name := path.Base(p)
		if versionSuffix.MatchString(name) {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		} else {
			s.unnamed = append(s.unnamed, p)
		}
		if name == "." {
			s.dots = append(s.dots, p)
			continue
		}
		s.imports[name] = p
	}
}

// readDeclared notes the package's own names.
func (s *source) readDeclared() {
	for _, d := range s.file.Decls {
		for _, n := range declaredNames(d) {
			s.declare(n)
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				s.readResults(d)
			}
		case *ast.GenDecl:
			for _, one := range d.Specs {
				if one, ok := one.(*ast.TypeSpec); ok && one.Assign.IsValid() && one.TypeParams == nil {
					s.pkg.aliases[one.Name.Name] = alias{one.Type, s}
				}
			}
		}
	}
}

// declaredNames are those that a declaration gives to its package.
func declaredNames(d ast.Decl) (out []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			out = append(out, d.Name)
		}
	case *ast.GenDecl:
		for _, one := range d.Specs {
			switch one := one.(type) {
			case *ast.ValueSpec:
				out = append(out, one.Names...)
			case *ast.TypeSpec:
				out = append(out, one.Name)
			}
		}
	}
	return out
}

func (s *source) declare(name *ast.Ident) { s.pkg.declared[name.Name] = s.set.Position(name.Pos()) }

// readResults notes which types exported functions return.
func (s *source) readResults(f *ast.FuncDecl) {
	if !f.Name.IsExported() || f.Type.Results == nil {
		return
	}
	for _, r := range f.Type.Results.List {
		s.pkg.returned[printed(r.Type)] = true
	}
}

// readCalls notes the factories that are made by hand, and the packages whose
// listeners somebody asks for.
func (s *source) readCalls() {
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.readFactory(n)
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && n.Sel.Name == GeneratedFunc {
				s.readAsked(x.Name)
			}
			return !ok // its names are of another package, or of a value
		case *ast.Ident:
			if n.Name == GeneratedFunc && s.pkg.declared[n.Name].Offset != s.set.Position(n.Pos()).Offset {
				s.pkg.asked[s.pkg.Path] = true
				for _, p := range s.dots {
					s.pkg.asked[p] = true
				}
			}
		}
		return true
	})
}

// readAsked notes the package that a file calls so, or those that may be.
func (s *source) readAsked(name string) {
	if p := s.imports[name]; p != "" {
		s.pkg.asked[p] = true
		return
	}
	for _, p := range s.unnamed {
		s.pkg.asked[askedAs(p, name)] = true
	}
}

// askedAs is how a package is asked for whose name is not its folder's.
func askedAs(importPath, name string) string { return importPath + " " + name }

func (s *source) readFactory(call *ast.CallExpr) {
	for _, maker := range [][2]string{{appPath, "Factory"}, {appPath, "CustomFactory"}, {factoryPath, "New"}} {
		if len(call.Args) == 0 || !s.isNamed(call.Fun, maker[0], maker[1]) {
			continue
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if name, err := strconv.Unquote(lit.Value); err == nil {
				s.pkg.factories[name] = true
				continue
			}
		}
		s.pkg.computed = true
	}
}

func printed(e ast.Expr) string {
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), e); err != nil {
		return "?"
	}
	return b.String()
}
