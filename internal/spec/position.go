package spec

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A PositionKind says what a Position counts from.
type PositionKind uint8

// The kinds of positions. The zero kind is no position: the group's committed
// offset, else auto-offset-reset.
const (
	AtBeginning PositionKind = iota + 1 // of the log
	AtEnd                               // of the log: records that are written from now on
	AtOffset                            // N, absolute
	FromEnd                             // the last N records
	FromCurrent                         // N records on (N < 0: back) from the next record that would be delivered
	AtTime                              // the first record that is not older than At, else the end
)

// A Position is a place in a partition.
type Position struct {
	Kind PositionKind
	N    int64
	At   time.Time
}

// IsZero reports whether p is no position.
func (p Position) IsZero() bool { return p.Kind == 0 }

// String returns the position as configuration spells it: "beginning", "end",
// "42", "end-10", "current+5", "2026-01-02T15:04:05Z".
func (p Position) String() string {
	switch p.Kind {
	case 0:
		return "committed"
	case AtBeginning:
		return "beginning"
	case AtEnd:
		return "end"
	case AtOffset:
		return strconv.FormatInt(p.N, 10)
	case FromEnd:
		return "end-" + strconv.FormatInt(p.N, 10)
	case FromCurrent:
		return fmt.Sprintf("current%+d", p.N)
	case AtTime:
		return p.At.Format(time.RFC3339Nano)
	default:
		return fmt.Sprintf("unknown (%d)", uint8(p.Kind))
	}
}

// ParsePosition reads what String returns.
func ParsePosition(text string) (Position, error) {
	text = strings.TrimSpace(text)
	switch text {
	case "committed":
		return Position{}, nil
	case "beginning":
		return Position{Kind: AtBeginning}, nil
	case "end":
		return Position{Kind: AtEnd}, nil
	}
	if rest, ok := strings.CutPrefix(text, "end-"); ok {
		return numbered(FromEnd, text, rest)
	}
	if rest, ok := strings.CutPrefix(text, "current"); ok && (strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-")) {
		return numbered(FromCurrent, text, rest)
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return Position{Kind: AtTime, At: at}, nil
	}
	return numbered(AtOffset, text, text)
}

func numbered(kind PositionKind, text, digits string) (Position, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 && kind != FromCurrent {
		return Position{}, fmt.Errorf("%q is no position: beginning, end, 42, end-10, current+5, 2026-01-02T15:04:05Z", text)
	}
	return Position{Kind: kind, N: n}, nil
}

// A PartitionSet is some partitions of one topic, to be read without a group's
// assignment, and where each start begins.
type PartitionSet struct {
	Topic string
	IDs   []int32 // nil for all that the topic has
	Start Position
}
