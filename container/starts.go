package container

import (
	"cmp"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
)

const (
	lookupTimeout = 5 * time.Second // of the look-ups inside the assign callback
	lookupPause   = 100 * time.Millisecond
)

// A start is a position for the client, and what the ledger should know of it.
type start struct {
	position int64
	ledger   ledger.Start
}

// starts looks up the committed offsets, in one request, and applies
// auto-offset-reset where there is none. Without an answer there is no start:
// the client would look the offsets up itself, and when the coordinator has
// moved meanwhile (code 16) it gives up on the partition without a word.
func (c *consumer) starts(parts []broker.Partition) ([]start, error) {
	committed, err := c.lookUp(parts)
	if err != nil {
		return nil, err
	}
	out := c.unknownStarts(parts)
	var without []broker.Partition
	var index []int
	for i, o := range committed {
		if o.Offset >= 0 {
			out[i] = start{o.Offset, ledger.Start{Offset: o.Offset, Committed: true}}
			continue
		}
		without, index = append(without, parts[i]), append(index, i)
	}
	if len(without) == 0 {
		return out, nil
	}
	return out, c.reset(out, without, index)
}

// lookUp asks for the committed offsets until all are answered, for at most
// lookupTimeout. Its error ends the consumer, which is opened again.
func (c *consumer) lookUp(parts []broker.Partition) ([]broker.Offset, error) {
	deadline := time.Now().Add(lookupTimeout)
	for first := true; ; first = false {
		committed, err := c.client.Committed(parts, time.Until(deadline))
		for _, o := range committed {
			err = cmp.Or(err, o.Err)
		}
		if err == nil {
			return committed, nil
		}
		if time.Until(deadline) <= lookupPause {
			return nil, opError("the group's committed offsets", err)
		}
		if first {
			c.clientFault("committed", err)
		}
		timer := time.NewTimer(lookupPause)
		select {
		case <-timer.C:
		case <-c.stop.asked:
			timer.Stop()
			return nil, opError("the group's committed offsets", err)
		}
	}
}

func (c *consumer) unknownStarts(parts []broker.Partition) []start {
	out := make([]start, len(parts))
	for i := range out {
		out[i] = start{broker.Stored, ledger.Start{Offset: -1}}
	}
	return out
}

// reset fills in the starts of the partitions without a committed offset.
func (c *consumer) reset(out []start, without []broker.Partition, index []int) error {
	switch c.spec.Reset {
	case spec.NoReset:
		return &FatalError{
			Listener: c.spec.ID, Reason: ReasonNoOffset,
			Err: &NoOffsetError{Group: c.spec.Group, Partitions: without},
		}
	case spec.Earliest:
		for _, i := range index {
			out[i].position = broker.Beginning
		}
		return nil
	}
	ends, err := c.client.LogEnd(without, lookupTimeout)
	if err != nil {
		c.clientFault("log end", err)
		return nil
	}
	for n, o := range ends {
		if o.Err == nil && o.Offset >= 0 {
			// Claimed at once: a restart before the first record must not skip.
			out[index[n]] = start{o.Offset, ledger.Start{Offset: o.Offset, Claim: true}}
		}
	}
	return nil
}
