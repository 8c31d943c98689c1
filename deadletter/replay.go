package deadletter

import (
	"context"
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/listener"
)

// A Report says what was done, or would be.
type Report struct {
	Records int
	To      map[string]int // topic → records, of a replay
	Skipped []string       // what could not be replayed, one sentence each, a hundred at the most
	Notes   []string       // what to know of where a replay goes: that nobody reads there now, for one
}

// ReplayOptions say where a replay goes. The zero value is a replay to the retry
// topic of the group that failed, which alone sees the record again.
type ReplayOptions struct {
	// ToOriginal sends records to the topic that they are from: all of its groups see them again.
	ToOriginal bool
	// DryRun only says what would be done.
	DryRun bool
}

// Replay sends the selected records again, with their own keys and headers, and
// remembers them as dealt with once the broker has them. It sends to topics that
// are there only. An error ends it; what was sent before is remembered.
func (d *Desk) Replay(ctx context.Context, topic string, sel Selection, o ReplayOptions) (Report, error) {
	names, err := d.m.TopicNames(ctx)
	if err != nil {
		return Report{}, err
	}
	a := aims{d: d, there: map[string]bool{}, retries: map[retryOf]retryAim{}}
	for _, name := range names {
		a.there[name] = true
	}
	return d.settle(ctx, topic, sel, o.DryRun, func(r Record, report *Report) (bool, error) {
		out, problem := a.outgoing(ctx, r, o.ToOriginal, report)
		if problem != "" {
			if len(report.Skipped) < 100 {
				report.Skipped = append(report.Skipped, fmt.Sprintf("%s[%d]@%d: %s", r.Topic, r.Partition, r.Offset, problem))
			}
			return false, nil
		}
		if !o.DryRun {
			if err := d.send(ctx, out); err != nil {
				return false, err
			}
		}
		report.To[out.Topic]++
		return true, nil
	})
}

// send waits for the answer; where the partition is not there, the key decides.
func (d *Desk) send(ctx context.Context, out listener.Outgoing) (err error) {
	if d.t == nil {
		if d.t, err = d.made(); err != nil {
			return err
		}
	}
	_, err = listener.Publish(ctx, d.t, out)
	if listener.Misaddressed(err) {
		out.Partition = listener.AnyPartition
		_, err = listener.Publish(ctx, d.t, out)
	}
	return err
}

// Drop remembers the selected records as dealt with: they are not shown as open
// and not replayed any more. They stay in the topic until its retention is over.
func (d *Desk) Drop(ctx context.Context, topic string, sel Selection, dryRun bool) (Report, error) {
	return d.settle(ctx, topic, sel, dryRun, func(Record, *Report) (bool, error) { return true, nil })
}

// settle does something with each selected record, and remembers those with which it is done.
func (d *Desk) settle(ctx context.Context, topic string, sel Selection, dryRun bool, do func(Record, *Report) (bool, error)) (Report, error) {
	report := Report{To: map[string]int{}}
	logs, err := d.logs(ctx, topic)
	if err != nil {
		return report, err
	}
	of := map[int32]*log{}
	for _, l := range logs {
		of[l.ID] = l
	}
	var stopped error
	err = d.read(ctx, logs, sel, func(r Record) bool {
		done, err := do(r, &report)
		if err != nil {
			stopped = err
			return false
		}
		if done {
			report.Records++
			of[r.Partition].add(r.Offset)
		}
		return true
	})
	if dryRun || report.Records == 0 {
		return report, errors.Join(stopped, err)
	}
	return report, errors.Join(stopped, err, d.mark(context.WithoutCancel(ctx), logs))
}
