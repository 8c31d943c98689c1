package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"

	"github.com/hearken-go/hearken/internal/directive"
)

// generate is `hearken generate`: all of the module that a folder belongs to,
// so that ids and factories are looked at together.
func generate(args []string, out, errs io.Writer) int {
	fs := flag.NewFlagSet("hearken generate", flag.ContinueOnError)
	fs.SetOutput(errs)
	check := fs.Bool("check", false, "write nothing: fail where a file is not what the comments say, or is of no use")
	dir := fs.String("C", ".", "generate the module that this folder belongs to")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		return exitCommand
	case fs.NArg() > 0:
		say(errs, "hearken: %q means nothing here: generate looks at the whole module, of -C or the working directory\n", fs.Arg(0))
		return exitCommand
	}
	m, base, err := scan(*dir)
	if err != nil {
		return failed(errs, err)
	}
	if tell(errs, m.Check(), base, *check) {
		return exitFaults
	}
	files, err := m.Files()
	if err != nil {
		return failed(errs, err)
	}
	if *check {
		for _, f := range files {
			say(errs, "%s is not what the comments say: run hearken generate\n", directive.Place(base, f.Path))
		}
		if len(files) > 0 {
			return exitFaults
		}
		return exitFine
	}
	if err := m.Write(files); err != nil {
		return failed(errs, err)
	}
	for _, f := range files {
		verb := "wrote"
		if f.Text == nil {
			verb = "removed"
		}
		say(out, "%s %s\n", verb, directive.Place(base, f.Path))
	}
	return exitFine
}

// scan reads the module of a folder. base is its root as the working directory
// sees it: what people can click on.
func scan(dir string) (m *directive.Module, base string, err error) {
	root, err := directive.Find(dir)
	if err != nil {
		return nil, "", err
	}
	if m, err = directive.Scan(root); err != nil {
		return nil, "", err
	}
	base = root
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, root); err == nil && len(rel) < len(root) {
			base = rel
		}
	}
	return m, base, nil
}

// tell prints faults and returns whether there are any; strict counts warnings.
func tell(errs io.Writer, faults []directive.Fault, base string, strict bool) bool {
	broken := false
	for _, f := range faults {
		if strict {
			f.Warning = false
		}
		broken = broken || !f.Warning
		say(errs, "%s\n", f.Text(base))
	}
	return broken
}

func failed(errs io.Writer, err error) int {
	say(errs, "hearken: %v\n", err)
	return exitCommand
}
