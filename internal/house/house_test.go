package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hearken-go/hearken/internal/house"
)

const root = "../.."

func TestImportOrder(t *testing.T) {
	t.Parallel()
	for _, fault := range house.CheckImports(packages(t)) {
		t.Error(fault)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, fault := range house.CheckFiles(files(t)) {
		t.Error(fault)
	}
}

// packages asks the go tool for the root module's packages.
func packages(t *testing.T) []house.Package {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []house.Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, house.Package{
			Path: p.ImportPath, Imports: p.Imports, TestImports: append(p.TestImports, p.XTestImports...),
		})
	}
}

// files reads every text file that git tracks or would track, of all modules.
func files(t *testing.T) []house.File {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	var files []house.File
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if utf8.Valid(text) {
			files = append(files, house.File{Path: name, Text: string(text)})
		}
	}
	return files
}
