package container

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

// An offsetList is what one commit is about: partitions, and what they have to
// say, in the same order.
type offsetList struct {
	parts   []*assignment
	commits []ledger.Commit
}

func (l *offsetList) add(a *assignment, c ledger.Commit) {
	l.parts = append(l.parts, a)
	l.commits = append(l.commits, c)
}

// offsets is the list in the client's terms.
func (l *offsetList) offsets() []broker.Offset {
	out := make([]broker.Offset, len(l.parts))
	for i, a := range l.parts {
		out[i] = broker.Offset{Partition: a.tp, Offset: l.commits[i].Offset, LeaderEpoch: -1, Metadata: l.commits[i].Metadata}
	}
	return out
}

// owed names the partitions whose last commit nobody has confirmed, a few of them at most.
func (l *offsetList) owed() string {
	const most = 5
	var names []string
	for _, a := range l.parts {
		if a.Owed() {
			names = append(names, partitionName(a.tp))
		}
	}
	slices.Sort(names)
	if n := len(names) - most; n > 0 {
		names = append(names[:most], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}

// bare is the list without maps: nothing but offsets that move is committed by
// it, since an offset that stays has an earlier map, and nothing of an
// assignment that is over: this is another request, and the partition may be another's.
func (l *offsetList) bare() (out offsetList) {
	for i, a := range l.parts {
		if offset := l.commits[i].Offset; offset > a.Stats().Committed && !a.Ended() {
			out.add(a, l.commits[i].Bare())
		}
	}
	return out
}
