package app

import (
	"strings"

	"go.uber.org/fx"
)

// Validate checks an application as New does, and starts nothing: for a test
// that needs no broker. It returns all faults joined, nil where there is none.
//
// Constructors run, as they do in New; hooks do not.
func Validate(opts ...fx.Option) error { return New(opts...).Err() }

// Settings returns the effective settings of all listeners, each with where it
// comes from, secrets redacted. It is empty where Err is not nil.
func (a *App) Settings() string {
	if a.core == nil {
		return ""
	}
	var b strings.Builder
	for i, s := range a.core.specs {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(s.Text)
	}
	return b.String()
}
