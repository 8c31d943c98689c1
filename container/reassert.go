package container

import (
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// assertEvery is how often an owner commits its position again although
// nothing moved: it heals a stray late commit, and keeps offsets from expiring.
const assertEvery = time.Minute

// askEnds begins a re-assertion: it asks where the logs of idle partitions end.
// A log that ends before the position is another one, of a topic that was made
// again; the group's offset was deleted with the old one. Committed anew, it
// would make a restart skip the first records of the new log.
func (m *committer) askEnds() {
	var idle []broker.Partition
	for _, a := range *m.c.live.Load() {
		if _, ok := a.Committed(); ok {
			idle = append(idle, a.tp)
		}
	}
	if len(idle) == 0 {
		return
	}
	m.c.asking.Add(1)
	go func() {
		defer m.c.asking.Add(-1)
		ends, err := m.c.client.LogEnd(idle, lookupTimeout)
		if err != nil {
			return // there is another minute
		}
		select {
		case m.ends <- ends:
		default:
		}
	}()
}

// reassert commits again what idle partitions have committed before.
func (m *committer) reassert(ends []broker.Offset) {
	if !m.tryLock() {
		return
	}
	defer m.unlock()
	end := make(map[broker.Partition]int64, len(ends))
	for _, o := range ends {
		if o.Err == nil {
			end[o.Partition] = o.Offset
		}
	}
	var l offsetList
	for _, a := range *m.c.live.Load() {
		c, ok := a.Committed()
		if last, known := end[a.tp]; ok && known && c.Offset <= last {
			l.add(a, c)
		}
	}
	_ = m.send(l) // it has told the partitions
}
