// Package brokertest has a deterministic in-memory fake of the broker seam, for
// tests inside testing/synctest, and the conformance suite that the fake and
// the real client both pass.
package brokertest

import (
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A Cluster is an in-memory Kafka: topics, groups, committed offsets, faults.
//
// Its methods may be called from any goroutine. Every wait inside it is on a
// channel or a timer, so it is durably blocking in a synctest bubble; make the
// Cluster inside the bubble that uses it.
type Cluster struct {
	mu         sync.Mutex
	topics     map[string][]*log
	denied     map[string]bool
	groups     map[string]*Group
	members    []*Member // that are open
	faults     []*Fault
	fetchDelay time.Duration
	unreadable error
	seq        int
}

// NewCluster returns a cluster without topics.
func NewCluster() *Cluster {
	return &Cluster{topics: map[string][]*log{}, denied: map[string]bool{}, groups: map[string]*Group{}}
}

// Unreadable makes clients that are opened from now on fall back to the poll
// reader because of err.
func (c *Cluster) Unreadable(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unreadable = err
}

// A log is one partition: records by rising offset, gaps allowed.
type log struct {
	start, end int64
	recs       []listener.RawRecord
}

// from returns the records at and after offset.
func (l *log) from(offset int64) []listener.RawRecord {
	i := sort.Search(len(l.recs), func(i int) bool { return l.recs[i].Offset >= offset })
	return l.recs[i:]
}

// Append writes records to the end of p and returns the offset of the first.
// It sets Topic, Partition and Offset, and Timestamp (to now) where it is zero.
// It panics if the topic or the partition does not exist.
func (c *Cluster) Append(p broker.Partition, recs ...listener.RawRecord) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.log(p)
	first := l.end
	for _, r := range recs {
		r.Topic, r.Partition, r.Offset = p.Topic, p.ID, l.end
		if r.Timestamp.IsZero() {
			r.Timestamp = time.Now().Truncate(time.Millisecond)
		}
		l.recs = append(l.recs, r)
		l.end++
	}
	c.wake()
	return first
}

// Produce appends one record with a key and a value, and returns its offset.
func (c *Cluster) Produce(topic string, partition int32, key, value string) int64 {
	return c.Append(broker.Partition{Topic: topic, ID: partition},
		listener.RawRecord{Key: []byte(key), Value: []byte(value)})
}

// Fill appends n records "k0".."v0", "k1".."v1" … to partition of topic.
func (c *Cluster) Fill(topic string, partition int32, n int) {
	recs := make([]listener.RawRecord, n)
	for i := range recs {
		recs[i].Key, recs[i].Value = fmt.Appendf(nil, "k%d", i), fmt.Appendf(nil, "v%d", i)
	}
	c.Append(broker.Partition{Topic: topic, ID: partition}, recs...)
}

// Skip leaves a gap of n offsets at the end of p, as transaction markers and
// compaction do.
func (c *Cluster) Skip(p broker.Partition, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log(p).end += n
}

// Trim deletes the records of p below offset: reading there is out of range.
func (c *Cluster) Trim(p broker.Partition, offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.log(p)
	l.recs, l.start = append([]listener.RawRecord(nil), l.from(offset)...), offset
	c.wake()
}

// End returns the end of p's log: the offset that the next record will have.
func (c *Cluster) End(p broker.Partition) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log(p).end
}

// SetFetchDelay makes a partition deliver nothing for d after it was assigned,
// resumed or moved by Seek, as the real client's refetch does. The default is 0.
func (c *Cluster) SetFetchDelay(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fetchDelay = d
}

// Group returns the group of that name; it need not have members yet.
func (c *Cluster) Group(name string) *Group {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.group(name)
}

// log returns p's log or panics. c.mu is held.
func (c *Cluster) log(p broker.Partition) *log {
	if p.ID < 0 || int(p.ID) >= len(c.topics[p.Topic]) {
		panic(fmt.Sprintf("brokertest: no partition %s[%d]: call CreateTopic first", p.Topic, p.ID))
	}
	return c.topics[p.Topic][p.ID]
}

// group returns or makes a group. c.mu is held.
func (c *Cluster) group(name string) *Group {
	g := c.groups[name]
	if g == nil {
		g = &Group{
			c: c, name: name, owners: map[broker.Partition]*Member{},
			leaving: map[broker.Partition]bool{}, committed: map[broker.Partition]broker.Offset{}, pending: map[broker.Partition]int{},
		}
		c.groups[name] = g
	}
	return g
}

// wake wakes every waiting Next. c.mu is held.
func (c *Cluster) wake() {
	for _, m := range c.members {
		m.wakeUp()
	}
}
