package directive

import (
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Module is what the syntax of a Go module tells about listeners.
type Module struct {
	Root     string     // the folder of its go.mod
	Path     string     // its import path
	Packages []*Package // those with Go files, by folder

	configured map[string]bool // factories that configuration files name
	faults     []Fault
}

// A Package is one folder of a module.
type Package struct {
	Dir          string // relative to the module's root, with slashes; "." is the root
	Path         string // the import path
	Name         string
	Declarations []Declaration // factories first, each kind in the order of the files
	Generated    []byte        // the text of its kafka_listeners_gen.go, nil where there is none

	set       *token.FileSet
	concerned bool // a file mentions something of ours
	sources   []*source
	imports   map[string]bool // by any of its files
	declared  map[string]token.Position
	taken     map[string]bool   // names of its files that are not always built, tests among them
	aside     map[string][]byte // such files that declare nothing of ours, by name
	aliases   map[string]alias
	returned  map[string]bool // types that exported functions return
	factories map[string]bool // that are made by hand
	computed  bool            // a factory's name is no literal
	asked     map[string]bool // import paths whose KafkaListeners is called, or askedAs
	faults    []Fault
}

// ErrNoModule says that there is no go.mod in a folder or above it.
var ErrNoModule = errors.New("no go.mod here or above: run this in a Go module (go mod init)")

// Find returns the root of the module that a folder belongs to.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && !info.IsDir() {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s: %w", dir, ErrNoModule)
		}
	}
}

var moduleLine = regexp.MustCompile(`(?m)^\s*module\s+("[^"]+"|[^\s"/]\S*)`)

// Scan reads the module whose go.mod is in root. The error is about reading
// files; what is wrong with their contents is told by Check.
func Scan(root string) (*Module, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	m := &Module{Root: root, configured: map[string]bool{}}
	if found := moduleLine.FindSubmatch(text); found != nil {
		m.Path = string(found[1])
		if unquoted, err := strconv.Unquote(m.Path); err == nil {
			m.Path = unquoted
		}
	}
	folders, err := m.folders()
	if err != nil {
		return nil, err
	}
	packages, errs := make([]*Package, len(folders)), make([]error, len(folders))
	set := token.NewFileSet()
	var wait sync.WaitGroup
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, f := range folders {
		wait.Go(func() {
			room <- struct{}{}
			packages[i], errs[i] = readPackage(m, set, f)
			<-room
		})
	}
	wait.Wait()
	m.Packages = slices.DeleteFunc(packages, func(p *Package) bool { return p == nil })
	return m, errors.Join(errs...)
}

// A folder holds the names of its Go files.
type folder struct {
	dir   string
	names []string
}

// folders are those that belong to the module's packages, sorted; configuration
// files are read on the way.
func (m *Module) folders() ([]folder, error) {
	found := map[string][]string{}
	err := filepath.WalkDir(m.Root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.Root, at)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if e.IsDir() {
			if rel != "." && foreign(at, e.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(rel, ".go"):
			found[path.Dir(rel)] = append(found[path.Dir(rel)], path.Base(rel))
		case isConfig(path.Base(rel)):
			m.readConfig(at)
		}
		return nil
	})
	folders := make([]folder, 0, len(found))
	for dir, names := range found {
		folders = append(folders, folder{dir, names})
	}
	slices.SortFunc(folders, func(a, b folder) int { return strings.Compare(a.dir, b.dir) })
	return folders, err
}

// foreign reports whether the go tool, too, leaves a folder out.
func foreign(at, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" {
		return true
	}
	_, err := os.Stat(filepath.Join(at, "go.mod"))
	return err == nil
}

// Faults of the files themselves and of single comments; Check has them all.
func (m *Module) found() []Fault {
	out := slices.Clone(m.faults)
	for _, p := range m.Packages {
		out = append(out, p.faults...)
	}
	return out
}
