package directive

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// readPackage reads the files of a folder, nil where there is no package.
func readPackage(m *Module, set *token.FileSet, f folder) (*Package, error) {
	p := newPackage(set, f.dir, path.Join(m.Path, f.dir))
	texts := map[string][]byte{}
	for _, name := range f.names {
		text, err := os.ReadFile(filepath.Join(m.Root, filepath.FromSlash(f.dir), name))
		if err != nil {
			return nil, err
		}
		if name == GeneratedFile {
			p.Generated = append([]byte{}, text...)
			continue
		}
		texts[name] = text
		p.concerned = p.concerned || mentions.Match(text)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		p.add(path.Join(f.dir, name), texts[name])
	}
	p.read()
	if len(p.sources) == 0 && p.Generated == nil && len(p.faults) == 0 {
		return nil, nil
	}
	return p, nil
}

func newPackage(set *token.FileSet, dir, importPath string) *Package {
	return &Package{
		Dir: dir, Path: importPath, set: set, imports: map[string]bool{}, declared: map[string]token.Position{}, aliases: map[string]alias{},
		returned: map[string]bool{}, factories: map[string]bool{}, asked: map[string]bool{},
		taken: map[string]bool{}, aside: map[string][]byte{},
	}
}

// mentions finds the files of packages that may declare or use something of
// ours. Of all others the imports are enough.
var mentions = regexp.MustCompile(`(?i)kafka|hearken|listener`)

// add parses a file, unless it can't matter.
func (p *Package) add(name string, text []byte) {
	test := strings.HasSuffix(name, "_test.go")
	limits, never := constrained(name, text)
	if never {
		return
	}
	if (test || limits != "") && !mentions.Match(text) {
		p.aside[name] = text
		return
	}
	mode := parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors
	if !p.concerned {
		mode = parser.ImportsOnly
	}
	file, err := parser.ParseFile(p.set, name, text, mode)
	if err != nil {
		p.syntax(name, err)
		return
	}
	s := &source{set: p.set, file: file, name: name, pkg: p, limits: limits, test: test}
	if !test && limits == "" {
		if p.Name == "" {
			p.Name = file.Name.Name
		}
		if file.Name.Name != p.Name {
			p.fault(file.Name.Pos(), 0, fmt.Sprintf("package %s in the folder of package %s", file.Name.Name, p.Name), "")
		}
	}
	p.sources = append(p.sources, s)
}

// syntax reports what the parser does not understand.
func (p *Package) syntax(name string, err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		p.faults = append(p.faults, Fault{Pos: token.Position{Filename: name}, Problem: err.Error()})
		return
	}
	for _, e := range list {
		p.faults = append(p.faults, Fault{Pos: e.Pos, Problem: e.Msg})
	}
}

// read makes sense of the files: first what all of them say together.
func (p *Package) read() {
	slices.SortFunc(p.sources, func(a, b *source) int { return strings.Compare(a.name, b.name) })
	for _, s := range p.sources {
		if s.test {
			s.imports = map[string]string{}
			continue
		}
		s.readImports()
		if s.limits == "" {
			s.readDeclared()
		}
	}
	for _, s := range p.sources {
		if !s.test {
			s.readCalls()
		}
		s.readComments()
	}
	p.readTaken()
	slices.SortStableFunc(p.Declarations, func(a, b Declaration) int { return strings.Compare(string(a.Verb), string(b.Verb)) })
}

// readTaken notes the names that the generated file would meet in files that
// are not always built.
func (p *Package) readTaken() {
	if len(p.Declarations) == 0 {
		return
	}
	take := func(file *ast.File) {
		if file.Name.Name != p.Name {
			return // the tests' own package
		}
		for _, d := range file.Decls {
			for _, n := range declaredNames(d) {
				p.taken[n.Name] = true
			}
		}
	}
	for _, s := range p.sources {
		if s.test || s.limits != "" {
			take(s.file)
		}
	}
	for name, text := range p.aside {
		if file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err == nil {
			take(file)
		}
	}
	p.aside = nil
}

// fault reports a place: so many bytes behind pos.
func (p *Package) fault(pos token.Pos, offset int, problem, fix string) {
	at := p.set.Position(pos)
	at.Column += offset
	p.faults = append(p.faults, Fault{Pos: at, Problem: problem, Fix: fix})
}

var buildLine = regexp.MustCompile(`(?m)^//go:build (.*)$`)

// constrained says under which condition a file is built, "" where it always
// is; never is true for a file that belongs to no build.
func constrained(name string, text []byte) (limits string, never bool) {
	head := text
	if i := bytes.Index(text, []byte("\npackage ")); i >= 0 {
		head = text[:i+1]
	} else if bytes.HasPrefix(text, []byte("package ")) {
		head = nil
	}
	if m := buildLine.FindSubmatch(head); m != nil {
		limits = strings.TrimSpace(string(m[1]))
		return limits, limits == "ignore"
	}
	nowhere := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", CgoEnabled: true, OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	base := path.Base(name)
	if strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".") {
		return "", true
	}
	if match, err := nowhere.MatchFile(".", base); err == nil && !match {
		return "the system in its name", false
	}
	return "", false
}

// A target is what a comment stands on.
type target struct {
	what string // "" is a function or a package clause
	fun  *ast.FuncDecl
	pkg  bool
}

// targets are what the comments of a file belong to.
func (s *source) targets() map[*ast.CommentGroup]target {
	out := map[*ast.CommentGroup]target{}
	put := func(g *ast.CommentGroup, t target) {
		if g != nil {
			out[g] = t
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			put(n.Doc, target{what: "a " + n.Tok.String()})
		case *ast.TypeSpec:
			put(n.Doc, target{what: "a type"})
			put(n.Comment, target{what: "a type"})
		case *ast.ValueSpec:
			put(n.Doc, target{what: "a value"})
			put(n.Comment, target{what: "a value"})
		case *ast.Field:
			put(n.Doc, target{what: "a field, a parameter or a method of an interface"})
			put(n.Comment, target{what: "a field, a parameter or a method of an interface"})
		case *ast.FuncDecl:
			put(n.Doc, target{fun: n})
		}
		return true
	})
	put(s.file.Doc, target{pkg: true})
	return out
}
