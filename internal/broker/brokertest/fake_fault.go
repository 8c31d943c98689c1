package brokertest

import (
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// An Op is a call of the seam that a Fault can disturb.
type Op string

// The calls that a Fault can disturb.
const (
	OpSubscribe Op = "subscribe"
	OpAssign    Op = "assign"
	OpSeek      Op = "seek"
	OpCommit    Op = "commit"
	OpCommitted Op = "committed"
	OpOffsetsAt Op = "offsetsat"
	OpLogStart  Op = "logstart"
	OpLogEnd    Op = "logend"
	OpTopics    Op = "topics"
	OpMetadata  Op = "groupmetadata"
	OpClose     Op = "close"
)

// A Fault disturbs calls. Zero fields do not restrict and do nothing: a Fault
// with only Op and Err fails every such call of everybody for ever. Delay and
// Block come first, then the membership is looked at (so that a hanging commit
// can land in a later generation, as the real client's can), then Err.
type Fault struct {
	Op     Op
	Group  string             // only calls of this group
	Member string             // only calls of the member with this id
	Count  int                // only that many calls; 0 is for ever
	Delay  time.Duration      // the call takes so long
	Block  <-chan struct{}    // the call hangs until this is closed
	Err    error              // the call's result
	Parts  []broker.Partition // Err is the result of these partitions only
	Done   bool               // the broker does the work all the same: only the answer is lost
}

// Inject adds f and returns a function that takes it away. The first fault that
// matches a call is the one that disturbs it.
func (c *Cluster) Inject(f Fault) (remove func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &f
	c.faults = append(c.faults, p)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.drop(p)
	}
}

// drop takes a fault away. c.mu is held.
func (c *Cluster) drop(f *Fault) {
	c.faults = slices.DeleteFunc(c.faults, func(o *Fault) bool { return o == f })
}

// disturb finds the fault for a call, and waits as it says. c.mu is not held.
func (c *Cluster) disturb(op Op, m *Member) Fault {
	f := c.take(op, m)
	if f.Delay > 0 {
		<-time.After(f.Delay)
	}
	if f.Block != nil {
		<-f.Block
	}
	return f
}

// take uses up one count of the first fault that matches.
func (c *Cluster) take(op Op, m *Member) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.Op != op || f.Group != "" && f.Group != m.group.name || f.Member != "" && f.Member != m.id {
			continue
		}
		if f.Count == 1 {
			c.drop(f)
		} else if f.Count > 1 {
			f.Count--
		}
		return *f
	}
	return Fault{}
}

// whole is the error of the whole call, if f is not about single partitions.
func (f Fault) whole() error {
	if len(f.Parts) == 0 {
		return f.Err
	}
	return nil
}

// at is the error of one partition.
func (f Fault) at(p broker.Partition) error {
	if slices.Contains(f.Parts, p) {
		return f.Err
	}
	return nil
}
