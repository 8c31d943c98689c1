package ledger_test

import (
	"slices"

	"github.com/hearken-go/hearken/internal/ledger"
)

var keyedKeys = []string{"a", "a", "b", "c", "", "-", "-"}

// produce writes to the log, with holes in it.
func (w *keyedWorld) produce() {
	for range 1 + w.choose("records", 4) {
		w.end += int64(max(0, w.choose("hole", 6)-3))
		w.log = append(w.log, &logged{offset: w.end, key: keyedKeys[w.choose("key", len(keyedKeys))], epoch: w.epoch})
		w.end++
	}
}

func (w *keyedWorld) change() {
	switch w.choose("log", 4) {
	case 0: // compaction
		w.log = slices.DeleteFunc(w.log, func(l *logged) bool { return l.done && w.choose("compact", 3) == 0 })
	case 1: // an unclean election: what was there is gone, and its offsets are used again
		cut := w.group.Offset + int64(w.choose("cut", 6))
		if cut >= w.end {
			return
		}
		w.log = slices.DeleteFunc(w.log, func(l *logged) bool { return l.offset >= cut })
		w.end = cut
		w.epoch++
		w.produce()
	}
}

// committed is what the group has from now on.
func (w *keyedWorld) committed(c ledger.Commit) {
	w.group, w.was = c, w.from(c.Offset)
}

// from are the offsets that the log has, from offset on.
func (w *keyedWorld) from(offset int64) (out []int64) {
	for _, l := range w.log {
		if l.offset >= offset {
			out = append(out, l.offset)
		}
	}
	return out
}

// counted is m as somebody reads it who counts records: the same, unless the
// log was compacted since.
func (w *keyedWorld) counted(m *ledger.Map) *ledger.Map {
	now := w.from(m.Base)
	other := *m
	other.Done = nil
	for i, offset := range w.was {
		if isIn(m.Done, offset) && i < len(now) {
			other.Done = append(other.Done, ledger.Range{From: now[i], To: now[i] + 1})
		}
	}
	return &other
}
