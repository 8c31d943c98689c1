package directive

import (
	"cmp"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
)

// A Fault is one thing that is wrong, where the compiler would have put it.
type Fault struct {
	Pos     token.Position // Filename is relative to the module's root, with slashes
	Problem string
	Fix     string // the way out, or what is known
	Warning bool   // it does not keep files from being written
}

// Text is the fault as the compiler would print it; base is the module's root as it is to be
// printed, "" where the root is the working directory.
func (f Fault) Text(base string) string {
	text := fmt.Sprintf("%s:%d:%d: ", Place(base, f.Pos.Filename), f.Pos.Line, f.Pos.Column)
	if f.Pos.Line == 0 {
		text = Place(base, f.Pos.Filename) + ": "
	}
	if f.Warning {
		text += "warning: "
	}
	text += f.Problem
	if f.Fix != "" {
		text += "; " + f.Fix
	}
	return text
}

// Place is a file of the module as it is to be printed: the shortest way to it.
func Place(base, file string) string {
	place := filepath.Join(base, filepath.FromSlash(file))
	wd, err := os.Getwd()
	if err != nil {
		return place
	}
	if at, err := filepath.Abs(place); err == nil {
		if rel, err := filepath.Rel(wd, at); err == nil && len(rel) < len(place) {
			return rel
		}
	}
	return place
}

func sortFaults(fs []Fault) []Fault {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return fs
}
