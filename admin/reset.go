package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Target is where ResetOffsets moves a group to.
type Target struct {
	kind   targetKind
	offset int64
	at     time.Time
}

type targetKind uint8

const (
	toBeginning targetKind = iota + 1
	toEnd
	toOffset
	toTime
)

// ToBeginning is the oldest record of each partition.
func ToBeginning() Target { return Target{kind: toBeginning} }

// ToEnd is the next record to be written to each partition.
func ToEnd() Target { return Target{kind: toEnd} }

// ToOffset is this offset, or the nearest one that the log has.
func ToOffset(offset int64) Target { return Target{kind: toOffset, offset: offset} }

// ToTime is the first record that is not older than at, in each partition, and
// the end of those that have none.
func ToTime(at time.Time) Target { return Target{kind: toTime, at: at} }

// ResetOffsets moves a stopped group: in all partitions that it has committed,
// or, with topics, in all partitions of these, for a group that need not exist yet. It
// returns where the group stands then. A group that has members is left alone:
// ErrGroupHasMembers; the error names them. Stop every instance of the service first.
func (a *Admin) ResetOffsets(ctx context.Context, group string, to Target, topics ...string) ([]GroupOffset, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	g, err := a.c.Group(ctx, group)
	if err != nil {
		return nil, a.fault(ctx, opReset, group, err)
	}
	if len(g.Members) > 0 {
		return nil, inUse(opReset, g)
	}
	if to.kind == 0 {
		return nil, &Error{Op: opReset, Subject: group, Text: "no target: use ToBeginning, ToEnd, ToOffset or ToTime"}
	}
	out, err := a.offsets(ctx, opReset, group, topics)
	if err != nil {
		return nil, err
	}
	if err := a.aim(ctx, group, to, out); err != nil {
		return nil, err
	}
	ask := make([]broker.Offset, len(out))
	for i, o := range out {
		ask[i] = broker.Offset{Partition: broker.Partition{Topic: o.Topic, ID: o.Partition}, Offset: o.Committed}
	}
	got, err := a.c.AlterOffsets(ctx, group, ask)
	if err != nil {
		return nil, a.fault(ctx, opReset, group, err)
	}
	var errs []error
	for _, o := range got {
		errs = append(errs, a.fault(ctx, opReset, fmt.Sprintf("%s in %s[%d]", group, o.Topic, o.ID), o.Err))
	}
	return out, errors.Join(errs...)
}

// aim writes the target into offsets.
func (a *Admin) aim(ctx context.Context, group string, to Target, offsets []GroupOffset) error {
	var times []broker.Offset
	if to.kind == toTime {
		parts := make([]broker.Partition, len(offsets))
		for i, o := range offsets {
			parts[i] = broker.Partition{Topic: o.Topic, ID: o.Partition}
		}
		var err error
		if times, err = a.c.OffsetsAt(ctx, parts, to.at); err != nil {
			return a.fault(ctx, opReset, group, err)
		}
	}
	for i := range offsets {
		o := &offsets[i]
		switch to.kind {
		case toBeginning:
			o.Committed = o.Start
		case toEnd:
			o.Committed = o.End
		case toOffset:
			o.Committed = min(max(to.offset, o.Start), o.End)
		case toTime:
			if err := times[i].Err; err != nil {
				return a.fault(ctx, opReset, fmt.Sprintf("%s in %s[%d]", group, o.Topic, o.Partition), err)
			}
			if o.Committed = times[i].Offset; o.Committed < 0 {
				o.Committed = o.End
			}
		}
	}
	return nil
}
