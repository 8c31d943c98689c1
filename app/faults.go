package app

import (
	"errors"

	"github.com/hearken-go/hearken/internal/spec"
)

// A Fault is one thing that is wrong: whose, where it was written, and the way
// out. App.Err joins all of them; errors.As finds the first.
type Fault = spec.Fault

// What a Fault of this package may be about, besides those of packages config
// and factory. Compare with errors.Is.
var (
	ErrNeverRuns   = errors.New("a listener would never run")           // Module or Start is missing, or it was not registered
	ErrConstructor = errors.New("not a constructor")                    // what Listen or ProvideFactory was given
	ErrNoReceiver  = errors.New("nothing provides a method's receiver") // or what its constructor takes
)

// joined makes one error of faults, nil of none. What listeners and templates have in
// common is checked for both, and said once.
func joined(faults []*Fault, more ...error) error {
	var errs []error
	said := map[string]bool{}
	add := func(err error) {
		if text := err.Error(); !said[text] {
			said[text] = true
			errs = append(errs, err)
		}
	}
	for _, f := range faults {
		add(f)
	}
	for _, err := range more {
		for _, one := range split(err) {
			add(one)
		}
	}
	return errors.Join(errs...)
}

// split undoes joined: it returns the errors of which each has its own line. A
// Fault is one, though it unwraps to several; a wrapped list keeps its text.
func split(err error) []error {
	if err == nil {
		return nil
	}
	many, isList := err.(interface{ Unwrap() []error })
	if _, isFault := err.(*Fault); isFault || !isList {
		return []error{err}
	}
	var out []error
	for _, e := range many.Unwrap() {
		out = append(out, split(e)...)
	}
	return out
}
