package container

import (
	"cmp"
	"slices"
	"time"

	"github.com/hearken-go/hearken/event"
)

// A FailingRecord is the record of a partition that has been failing for the
// longest, and will be delivered again or is given to its recoverer again.
type FailingRecord struct {
	Partition event.Partition `json:"partition"`
	Offset    int64           `json:"offset"`
	Attempts  int             `json:"attempts"` // deliveries so far
	Since     time.Time       `json:"since"`    // of its first failure
	// RetryAt is when its next attempt is due; it is past while one runs, and
	// where something else is in its way.
	RetryAt time.Time `json:"retryAt,omitzero"`
	Error   string    `json:"error"`   // of the last failure, up to 200 characters
	Verdict string    `json:"verdict"` // of the error handler; "" where a recoverer is tried again
	// Recoverer is why the recoverer did not take it, "" where none was asked.
	Recoverer string `json:"recoverer,omitempty"`
	// More is how many others of the partition are failing, too: none but under
	// ordering key and none, and after results of a batch that were independent.
	More int `json:"more,omitempty"`
}

// failingNow is the oldest failing record of a, nil where there is none.
func (a *assignment) failingNow() *FailingRecord {
	all := a.Failed()
	if len(all) == 0 {
		return nil
	}
	f := &FailingRecord{
		Partition: a.event(), Offset: all[0].Offset, Attempts: all[0].Attempt, Since: all[0].Since, More: len(all) - 1,
	}
	if t := a.troubleAt(f.Offset); t != nil {
		f.Attempts, f.RetryAt, f.Error, f.Verdict, f.Recoverer = t.attempt, t.due, t.text, t.verdict, t.recovererText
	}
	return f
}

// failing are those of all partitions, the oldest first.
func failing(parts []*assignment) (out []FailingRecord) {
	for _, a := range parts {
		if f := a.failingNow(); f != nil {
			out = append(out, *f)
		}
	}
	slices.SortFunc(out, func(a, b FailingRecord) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Partition.Topic, b.Partition.Topic), cmp.Compare(a.Partition.ID, b.Partition.ID))
	})
	return out
}

// prune forgets the failures of records that are not failing any more. One that
// is just being booked may go with them, until it fails again; then its text is missing.
func (a *assignment) prune() {
	live := map[int64]bool{}
	for _, f := range a.Failed() {
		live[f.Offset] = true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for offset := range a.troubles {
		if !live[offset] {
			delete(a.troubles, offset)
		}
	}
	a.pruneAt = 2*len(a.troubles) + fewTroubles
}

// fewTroubles are not worth to be looked through.
const fewTroubles = 16
