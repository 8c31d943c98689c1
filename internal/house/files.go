package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
)

// tooLong is the most lines that a Go file may have.
const tooLong = 400

// long lists the files that may be longer, each with its reason.
var long = map[string]string{}

// A File is a file of the repository: its path with forward slashes, relative
// to the root, and its text.
type File struct {
	Path string
	Text string
}

// sleepers lists the test files that may sleep, each with its reason.
var sleepers = map[string]string{
	"kafkatest/e2e/worker_test.go": "the child process whose handler is slow on purpose, to be killed in mid-work",
}

// CheckFiles returns what breaks the rules about files, one line each: only
// doc.go at the root, no file too long, a doc comment for every package, no
// sleeping test, no word that only this machine understands.
func CheckFiles(files []File) []string {
	var faults []string
	bubbles := fakeTime(files)
	for _, f := range files {
		faults = append(faults, checkWords(f)...)
		if strings.HasSuffix(f.Path, ".go") {
			faults = append(faults, checkSource(f)...)
		}
		if strings.HasSuffix(f.Path, "_test.go") && sleepers[f.Path] == "" && !bubbles[path.Dir(f.Path)] {
			faults = append(faults, sleeps(f)...)
		}
	}
	return append(faults, checkDocs(files)...)
}

// foreign are words that tie the repository to one machine or one network.
// They are put together here so that this file does not hold them.
var foreign = []string{
	"/" + "work/", "/" + "root/", "/" + "home/",
	"proxy." + "golang.org", "repo." + "maven", "repo1." + "maven", "GO" + "PROXY=",
}

func checkWords(f File) []string {
	var faults []string
	for n, line := range lines(f.Text) {
		for _, word := range foreign {
			if strings.Contains(line, word) {
				faults = append(faults, fmt.Sprintf("%s:%d names %s", f.Path, n+1, word))
			}
		}
	}
	return faults
}

func checkSource(f File) []string {
	var faults []string
	if !strings.Contains(f.Path, "/") && f.Path != "doc.go" {
		faults = append(faults, f.Path+" is at the root, where only doc.go may be")
	}
	if n := len(lines(f.Text)); n > tooLong && long[f.Path] == "" {
		faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d", f.Path, n, tooLong))
	}
	return faults
}

// fakeTime returns the folders whose tests run in bubbles of testing/synctest:
// there a sleep costs nothing, and is how time passes.
func fakeTime(files []File) map[string]bool {
	folders := make(map[string]bool)
	for _, f := range files {
		if strings.HasSuffix(f.Path, "_test.go") && strings.Contains(f.Text, "\n\t\"testing/synctest\"\n") {
			folders[path.Dir(f.Path)] = true
		}
	}
	return folders
}

// sleeps finds calls of time.Sleep. Tests wait for a fact: a channel, kafkatest.Eventually.
func sleeps(f File) []string {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, f.Path, f.Text, parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	ast.Inspect(tree, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				faults = append(faults, fmt.Sprintf("%s:%d calls time.Sleep: wait for a fact", f.Path, set.Position(s.Pos()).Line))
			}
		}
		return true
	})
	return faults
}

// checkDocs finds folders of which no file has a package comment. Folders that
// hold only tests, and testdata, need none.
func checkDocs(files []File) []string {
	documented := make(map[string]bool)
	var order []string
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".go") || strings.HasSuffix(f.Path, "_test.go") || strings.Contains(f.Path, "testdata/") {
			continue
		}
		folder := path.Dir(f.Path)
		if _, seen := documented[folder]; !seen {
			order = append(order, folder)
		}
		documented[folder] = documented[folder] || hasDoc(f)
	}
	var faults []string
	for _, folder := range order {
		if !documented[folder] {
			faults = append(faults, folder+" has no package comment")
		}
	}
	return faults
}

func hasDoc(f File) bool {
	tree, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Text, parser.ParseComments|parser.PackageClauseOnly)
	return err == nil && tree.Doc != nil && strings.TrimSpace(tree.Doc.Text()) != ""
}

func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
