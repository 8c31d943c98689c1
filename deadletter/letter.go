// Package deadletter looks at dead-letter topics, replays what is in them, and
// drops it. Nothing is deleted: what was dealt with is remembered as the committed
// offsets of the group hearken-dlt-<topic>, and retention does the rest.
package deadletter

import (
	"strings"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

// A Letter says where a record is from and why it failed. Error and Stack are
// what the failed handler said: texts of other people.
type Letter = letter.Letter

// Of reads a letter from the headers of a record of a dead-letter topic; ok is
// false where it is none. Elsewhere the headers may be forged.
func Of(headers listener.Headers) (l Letter, ok bool) { return letter.Read(headers) }

// A Record is one record of a dead-letter topic.
type Record struct {
	listener.RawRecord        // as it lies there
	Letter             Letter // the zero one where the headers are none
	Dead               bool   // the headers are a letter
	Settled            bool   // it was replayed or dropped before
}

// A Selection says which records of a dead-letter topic are meant. The zero
// Selection is all that are open.
type Selection struct {
	Partition *int32
	From, To  int64  // offsets, To not included; 0 is no end
	Error     string // is part of the error's type or text
	Key       *string
	Group     string
	Settled   bool // also those that were dealt with before
}

func (s Selection) takes(r Record) bool {
	return (s.Settled || !r.Settled) &&
		(s.Partition == nil || *s.Partition == r.Partition) &&
		r.Offset >= s.From && (s.To == 0 || r.Offset < s.To) &&
		(s.Error == "" || strings.Contains(r.Letter.ErrorType, s.Error) || strings.Contains(r.Letter.Error, s.Error)) &&
		(s.Key == nil || r.Key != nil && string(r.Key) == *s.Key) &&
		(s.Group == "" || s.Group == r.Letter.Group)
}
