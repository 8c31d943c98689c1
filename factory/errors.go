package factory

import (
	"errors"

	"github.com/hearken-go/hearken/internal/spec"
)

// A Fault is one thing that is wrong: whose, which key, where it was written,
// and the way out. Specs and Build join all of them; errors.As finds the first.
type Fault = spec.Fault

// What a Fault may be about. Compare with errors.Is.
var (
	ErrUnknownFactory    = spec.ErrUnknownFactory    // a listener names a factory that nobody made
	ErrDuplicateFactory  = spec.ErrDuplicateFactory  // two factories in code have one name
	ErrUnknownListener   = spec.ErrUnknownListener   // kafka.listeners.ID without such a listener
	ErrDuplicateListener = spec.ErrDuplicateListener // two listeners have one id
	ErrContradiction     = spec.ErrContradiction     // settings, or a handler and its settings, exclude each other
	ErrInvalidSetting    = spec.ErrInvalidSetting    // a value out of its range, or none at all
	ErrUnknownProperty   = spec.ErrUnknownProperty   // the client has no such property
	ErrUnresolved        = spec.ErrUnresolved        // a placeholder without a value
	ErrUnknownKey        = spec.ErrUnknownKey        // Setting names a setting that there is not

	ErrDuplicateTemplate = errors.New("duplicate template") // two templates in code have one name

	ErrInsecure = errors.New("insecure setting") // passwords or data for whoever listens, without allow-insecure
)
