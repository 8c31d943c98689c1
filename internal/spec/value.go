package spec

import (
	"encoding/json"
	"fmt"
)

// A Value is one setting: unset, or set with the place it came from.
type Value[T any] struct {
	V      T
	Origin string // "default", "code main.go:12", "hearken.yaml:7", "env KAFKA_…"; "" is unset
	Secret bool   // never to be printed: its key says so, or it came from a secret variable or file
}

// Set returns a Value that is set.
func Set[T any](v T, origin string) Value[T] { return Value[T]{V: v, Origin: origin} }

// IsSet reports whether the value was set.
func (v Value[T]) IsSet() bool { return v.Origin != "" }

// over returns v where it is set, else below.
func (v Value[T]) over(below Value[T]) Value[T] {
	if v.IsSet() {
		return v
	}
	return below
}

// String prints the value, unless it is a secret, with its origin.
func (v Value[T]) String() string {
	if !v.IsSet() {
		return "unset"
	}
	if v.Secret {
		return Redacted + " (" + v.Origin + ")"
	}
	return Printable("", fmt.Sprint(v.V)) + " (" + v.Origin + ")"
}

// GoString is String: %#v must not print secrets either.
func (v Value[T]) GoString() string { return v.String() }

// MarshalJSON writes what String returns.
func (v Value[T]) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }
