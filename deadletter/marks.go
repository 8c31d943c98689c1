package deadletter

import (
	"slices"
	"strconv"
	"strings"
)

// marks are the offsets of one partition that were dealt with: all below next,
// and some above it.
type marks struct {
	next  int64
	above []int64 // sorted
}

func (m *marks) has(offset int64) bool {
	if offset < m.next {
		return true
	}
	_, ok := slices.BinarySearch(m.above, offset)
	return ok
}

func (m *marks) add(offset int64) {
	if i, ok := slices.BinarySearch(m.above, offset); !ok && offset >= m.next {
		m.above = slices.Insert(m.above, i, offset)
	}
}

// slide moves next over what is contiguous; first is the log's first offset.
func (m *marks) slide(first int64) {
	m.next = max(m.next, first)
	for len(m.above) > 0 && m.above[0] <= m.next {
		m.next = max(m.next, m.above[0]+1)
		m.above = m.above[1:]
	}
}

// longestMarks is how much of them fits beside an offset.
const longestMarks = 3500

// text writes what is above next, as ranges; complete is false where not all fits:
// what is left out is open again.
func (m *marks) text() (text string, complete bool) {
	var b strings.Builder
	for i := 0; i < len(m.above); {
		j := i
		for j+1 < len(m.above) && m.above[j+1] == m.above[j]+1 {
			j++
		}
		piece := strconv.FormatInt(m.above[i], 10)
		if j > i {
			piece += "-" + strconv.FormatInt(m.above[j], 10)
		}
		if b.Len()+len(piece)+1 > longestMarks {
			return b.String(), false
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(piece)
		i = j + 1
	}
	return b.String(), true
}

// mostMarks bounds what a text may claim.
const mostMarks = 1 << 20

// readMarks reads what text wrote; what can't be read is open.
func readMarks(next int64, text string) marks {
	m := marks{next: max(next, 0)}
	for piece := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(piece, "-")
		from, err := strconv.ParseInt(low, 10, 64)
		to := from
		if ranged && err == nil {
			to, err = strconv.ParseInt(high, 10, 64)
		}
		if err != nil || from < m.next || to < from || to-from > mostMarks || len(m.above) > mostMarks {
			continue
		}
		for o := from; o <= to; o++ {
			m.add(o)
		}
	}
	return m
}
