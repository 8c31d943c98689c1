package deadletter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

// A Report says what was done, or would be.
type Report struct {
	Records int
	To      map[string]int // topic → records, of a replay
	Skipped []string       // what could not be replayed, one sentence each, a hundred at the most
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
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	return d.settle(ctx, topic, sel, o.DryRun, func(r Record, report *Report) (bool, error) {
		out, problem := outgoing(r, there, o.ToOriginal)
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

// outgoing is the record as it is sent again, or why it is not.
func outgoing(r Record, there map[string]bool, toOriginal bool) (listener.Outgoing, string) {
	l := r.Letter
	if !r.Dead {
		return listener.Outgoing{}, "its headers do not say where it is from"
	}
	out := listener.Outgoing{Partition: l.Partition, Key: r.Key, Value: r.Value}
	l.Replays++
	if toOriginal {
		out.Topic, out.Headers = l.Topic, letter.Strip(r.Headers)
		out.Headers = append(out.Headers, listener.Header{Key: letter.HeaderReplays, Value: fmt.Append(nil, l.Replays)})
		if !there[out.Topic] {
			return out, fmt.Sprintf("there is no topic %s any more", l.Topic)
		}
		return out, ""
	}
	shortest := time.Duration(-1)
	for name := range there {
		if !strings.HasPrefix(name, letter.RetryPrefix(l.Topic, l.Group)) {
			continue
		}
		if d, ok := letter.RetryDelay(name, l.Topic, l.Group); ok && (shortest < 0 || d < shortest) {
			shortest, out.Topic = d, name
		}
	}
	if shortest < 0 {
		return out, fmt.Sprintf("group %q has no retry topic for %s: give its listener retry-topics.delays, or replay to the original topic", l.Group, l.Topic)
	}
	l.Attempts, l.Retries, l.Due = 0, 1, time.Now()
	out.Headers = l.Headers(r.Headers)
	return out, ""
}
