package brokertest

import (
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// Committed returns what the group has committed for parts.
func (m *Member) Committed(parts []broker.Partition, _ time.Duration) ([]broker.Offset, error) {
	return m.ask(OpCommitted, parts, func(p broker.Partition) broker.Offset {
		o := m.group.committedAt(p)
		if m.group.pending[p] > 0 && m.conf["isolation.level"] != "read_uncommitted" {
			o.Err = &broker.ClientError{Class: broker.Retriable, Code: 88, Op: "committed", Text: "there are unstable offsets", Part: p}
		}
		return o
	})
}

// LogEnd returns the end of each partition's log.
func (m *Member) LogEnd(parts []broker.Partition, _ time.Duration) ([]broker.Offset, error) {
	return m.askLogs(OpLogEnd, parts, func(l *log) int64 { return l.end })
}

// LogStart returns the oldest offset of each partition's log: what Trim has left.
func (m *Member) LogStart(parts []broker.Partition, _ time.Duration) ([]broker.Offset, error) {
	return m.askLogs(OpLogStart, parts, func(l *log) int64 { return l.start })
}

// OffsetsAt returns offsets by the records' timestamps.
func (m *Member) OffsetsAt(parts []broker.Partition, at time.Time, _ time.Duration) ([]broker.Offset, error) {
	return m.askLogs(OpOffsetsAt, parts, func(l *log) int64 {
		for _, r := range l.recs { // timestamps need not rise
			if !r.Timestamp.Before(at) {
				return r.Offset
			}
		}
		return l.end
	})
}

// askLogs answers a question about the logs of parts.
func (m *Member) askLogs(op Op, parts []broker.Partition, answer func(*log) int64) ([]broker.Offset, error) {
	return m.ask(op, parts, func(p broker.Partition) broker.Offset {
		o := broker.Offset{Partition: p, Offset: broker.None, LeaderEpoch: -1}
		if o.Err = m.c.faultAt(op, p); o.Err == nil {
			o.Offset = answer(m.c.log(p))
		}
		return o
	})
}

// ask answers a question about partitions, with the faults for op.
func (m *Member) ask(op Op, parts []broker.Partition, answer func(broker.Partition) broker.Offset) ([]broker.Offset, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	f := m.c.disturb(op, m)
	if err := f.whole(); err != nil {
		return nil, err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	res := make([]broker.Offset, len(parts))
	for i, p := range parts {
		res[i] = answer(p)
		if err := f.at(p); err != nil {
			res[i].Err = err
		}
	}
	return res, nil
}

// Topics returns metadata. A fault for single topics names them by partitions
// with the ID -1.
func (m *Member) Topics(names []string, _ time.Duration) ([]broker.Topic, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	f := m.c.disturb(OpTopics, m)
	if err := f.whole(); err != nil {
		return nil, err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if len(names) == 0 {
		names = slices.DeleteFunc(slices.Collect(maps.Keys(m.c.topics)), func(t string) bool { return m.c.denied[t] })
		sort.Strings(names)
	}
	res := make([]broker.Topic, len(names))
	for i, name := range names {
		res[i].Name = name
		if err := m.c.fault(string(OpTopics), name); err != nil {
			res[i].Err = err
			continue
		}
		res[i].Partitions = len(m.c.topics[name])
		if err := f.at(broker.Partition{Topic: name, ID: -1}); err != nil {
			res[i].Err = err
		}
	}
	return res, nil
}
