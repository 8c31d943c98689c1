//go:build cgo

package main

import (
	"errors"
	"flag"
	"io"
	"slices"
)

// An aim is what a command looks at: files and environment, or the service
// whose program stands behind --.
type aim struct{ service, files []string }

// aimed reads the arguments of a command whose own flags are in fs already. Where ok is
// false the command is over, with code.
func aimed(fs *flag.FlagSet, args []string, errs io.Writer) (a aim, code int, ok bool) {
	if i := slices.Index(args, "--"); i >= 0 {
		args, a.service = args[:i], args[i+1:]
		if len(a.service) == 0 {
			say(errs, "hearken: there is no program behind --\n")
			return a, exitCommand, false
		}
	}
	fs.SetOutput(errs)
	fs.Func("file", "read this file instead of searching (repeatable, later ones win)", func(path string) error {
		a.files = append(a.files, path)
		return nil
	})
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return a, exitFine, false
	case err != nil:
		return a, exitCommand, false
	case fs.NArg() > 0:
		say(errs, "hearken: %q means nothing here; a service goes behind --\n", fs.Arg(0))
		return a, exitCommand, false
	case len(a.service) > 0 && len(a.files) > 0:
		say(errs, "hearken: a service reads its own files: leave -file out, or set HEARKEN_CONFIG\n")
		return a, exitCommand, false
	}
	return a, exitFine, true
}
