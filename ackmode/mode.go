// Package ackmode says what each AckMode means, as one row of one table: who
// marks a record as done, and when marks are committed.
//
// The engine never asks "which mode is this?"; it reads the row.
package ackmode

import (
	"fmt"
	"strings"
)

// A Mode decides who marks a record as done and when the marks are committed
// to Kafka. The zero Mode is invalid, so that a forgotten one is seen.
type Mode uint8

// The seven modes, named as in Spring Kafka.
const (
	Record Mode = iota + 1
	Batch
	Time
	Count
	CountTime
	Manual
	ManualImmediate
)

// String returns the mode's canonical spelling, for example MANUAL_IMMEDIATE.
func (m Mode) String() string {
	if row, ok := table[m]; ok {
		return row.Name
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// Parse reads a mode in any spelling: MANUAL_IMMEDIATE, manual_immediate,
// manual-immediate, ManualImmediate, "manual immediate".
func Parse(s string) (Mode, error) {
	want := fold(s)
	for m, row := range table {
		if fold(row.Name) == want {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown ack mode %q: known are %s", s, strings.Join(names(), ", "))
}

// UnmarshalText reads a mode in any spelling that Parse accepts.
func (m *Mode) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

// MarshalText writes the canonical spelling. It fails for a Mode that is none
// of the constants, which nothing could read back.
func (m Mode) MarshalText() ([]byte, error) {
	if !m.Valid() {
		return nil, fmt.Errorf("%s is not an ack mode", m)
	}
	return []byte(m.String()), nil
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.TrimSpace(s)))
}
