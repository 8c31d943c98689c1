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

// Settings returns the effective settings of all listeners and templates, each
// with where it comes from, secrets redacted. It is empty where Err is not nil.
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
	for _, t := range a.core.templates.made {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(t.Text)
	}
	return b.String()
}
