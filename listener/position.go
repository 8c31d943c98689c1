package listener

import (
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// A Position is a place in a partition: where an explicit partition starts,
// and where a seek goes. The zero Position is the group's committed offset, or
// what auto-offset-reset says where there is none. Positions that are counted
// end at the ends of the log.
type Position = spec.Position

// FromBeginning is the oldest record of the log.
func FromBeginning() Position { return Position{Kind: spec.AtBeginning} }

// FromEnd is n records before the end of the log; 0 is the end itself: what is
// written from now on.
func FromEnd(n int64) Position {
	if n == 0 {
		return Position{Kind: spec.AtEnd}
	}
	return Position{Kind: spec.FromEnd, N: n}
}

// FromOffset is the record with that offset. One outside of the log becomes the
// nearest end of it, with an event; with auto-offset-reset none it is an error.
func FromOffset(offset int64) Position { return Position{Kind: spec.AtOffset, N: offset} }

// FromCurrent is n records after (before, where n is negative) the next record
// that would be delivered for the first time.
func FromCurrent(n int64) Position { return Position{Kind: spec.FromCurrent, N: n} }

// FromTime is the first record that is not older than t; the end where there is none.
func FromTime(t time.Time) Position { return Position{Kind: spec.AtTime, At: t} }
