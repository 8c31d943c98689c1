package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/template"
)

// A Desk works on the dead-letter topics of one cluster. Its methods are not
// safe for concurrent use, and end with their context.
type Desk struct {
	client map[string]string
	m      broker.Manager
	t      *template.Template // made when something is sent
	made   func() (*template.Template, error)
}

// Open makes a Desk of kafka.admin and kafka.producer over kafka.*. It connects
// when it is first asked.
func Open(cfg *config.Config) (*Desk, error) {
	s, err := factory.NewAdminSpec(cfg)
	if err != nil {
		return nil, err
	}
	client, err := spec.ResolveSecrets(s.Client)
	if err != nil {
		return nil, err
	}
	m, err := broker.OpenManager(client, nil)
	if err != nil {
		return nil, err
	}
	return &Desk{client: client, m: m, made: func() (*template.Template, error) {
		return factory.NewTemplate(cfg, factory.DefaultTemplate)
	}}, nil
}

// Close frees the clients.
func (d *Desk) Close() {
	if d.t != nil {
		_ = d.t.Close(context.Background())
	}
	d.m.Close()
}

// A Topic is a dead-letter topic with its counts.
type Topic struct {
	Name    string
	Records int64 // offsets between its beginning and its end
	Open    int64 // of them, those that were not dealt with
}

// group remembers what was dealt with.
func group(topic string) string { return "hearken-dlt-" + topic }

// List returns the topics of these names; without names those that end in -dlt.
func (d *Desk) List(ctx context.Context, names ...string) ([]Topic, error) {
	if len(names) == 0 {
		all, err := d.m.TopicNames(ctx)
		if err != nil {
			return nil, err
		}
		for _, name := range all {
			if strings.HasSuffix(name, letter.DeadSuffix) {
				names = append(names, name)
			}
		}
	}
	var out []Topic
	for _, name := range names {
		logs, err := d.logs(ctx, name)
		if err != nil {
			return out, err
		}
		t := Topic{Name: name}
		for _, l := range logs {
			t.Records += l.end - l.start
			t.Open += l.end - max(l.start, min(l.next, l.end)) - int64(len(l.above))
		}
		out = append(out, t)
	}
	return out, nil
}

// unknownGroup is what some brokers say of a group that has committed nothing.
const unknownGroup = 69

// answered is the first error among answers that partitions have each for themselves.
func answered(lists ...[]broker.Offset) error {
	for _, offsets := range lists {
		for _, o := range offsets {
			if o.Err != nil {
				return o.Err
			}
		}
	}
	return nil
}

// A log is one partition with what was dealt with in it.
type log struct {
	broker.Partition
	start, end int64
	*marks
}

func (d *Desk) logs(ctx context.Context, topic string) ([]*log, error) {
	details, err := d.m.DescribeTopics(ctx, []string{topic})
	if err == nil {
		err = details[0].Err
	}
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	parts := make([]broker.Partition, len(details[0].Partitions))
	for i, p := range details[0].Partitions {
		parts[i] = broker.Partition{Topic: topic, ID: p.ID}
	}
	starts, err := d.m.LogStarts(ctx, parts)
	ends, err2 := d.m.LogEnds(ctx, parts)
	marked, err3 := d.m.Offsets(ctx, group(topic), parts)
	if ce, ok := errors.AsType[*broker.ClientError](err3); ok && ce.Code == unknownGroup { // nothing was ever dealt with
		marked, err3 = make([]broker.Offset, len(parts)), nil
	}
	if err := errors.Join(err, err2, err3, answered(starts, ends, marked)); err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	out := make([]*log, len(parts))
	for i := range parts {
		m := readMarks(marked[i].Offset, marked[i].Metadata)
		m.slide(starts[i].Offset)
		out[i] = &log{Partition: parts[i], start: starts[i].Offset, end: ends[i].Offset, marks: &m}
	}
	return out, nil
}

// Read calls each for the selected records of a topic, by partition and offset,
// up to where the log ends now. It ends early where each answers false.
func (d *Desk) Read(ctx context.Context, topic string, sel Selection, each func(Record) bool) error {
	logs, err := d.logs(ctx, topic)
	if err != nil {
		return err
	}
	return d.read(ctx, logs, sel, each)
}

func (d *Desk) read(ctx context.Context, logs []*log, sel Selection, each func(Record) bool) error {
	for _, l := range logs {
		from, to := max(l.start, sel.From), l.end
		if !sel.Settled {
			from = max(from, l.next)
		}
		if sel.To > 0 {
			to = min(to, sel.To)
		}
		if from >= to || sel.Partition != nil && *sel.Partition != l.ID {
			continue
		}
		more := true
		err := d.scan(ctx, l.Partition, from, to, func(r Record) bool {
			r.Settled = l.has(r.Offset)
			if sel.takes(r) {
				more = each(r)
			}
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// silence is how long nothing may come before a read ends: transactions' markers
// at the end of a log are no records. What the client says meanwhile is an error.
const silence = 5 * time.Second

// scan reads [from, to) of one partition.
func (d *Desk) scan(ctx context.Context, p broker.Partition, from, to int64, each func(Record) bool) (err error) {
	config := maps.Clone(d.client)
	config["group.id"] = "hearken-dlt-reader"
	config["isolation.level"] = "read_committed"
	c, err := broker.Open(broker.Params{Config: config})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Assign([]broker.Partition{p}, reader(from)); err != nil {
		return err
	}
	var turn broker.Turn
	var fault error
	heard := time.Now()
	for ctx.Err() == nil && time.Since(heard) < silence {
		c.Next(broker.Limits{Wait: 100 * time.Millisecond, Records: 500, Bytes: 1 << 20}, &turn)
		fault = cmp.Or(errors.Join(turn.Errors...), fault)
		if refused(turn.Errors) {
			break
		}
		for _, chunk := range turn.Chunks {
			heard, fault = time.Now(), nil
			for _, r := range chunk.Records {
				if r.Offset >= to {
					return nil
				}
				l, ok := letter.Read(r.Headers)
				if !each(Record{RawRecord: r, Letter: l, Dead: ok}) || r.Offset == to-1 {
					return nil
				}
			}
		}
	}
	if fault = cmp.Or(fault, ctx.Err()); fault == nil {
		var ends []broker.Offset // a broker that is not there says nothing, too
		ends, fault = d.m.LogEnds(ctx, []broker.Partition{p})
		fault = cmp.Or(fault, answered(ends))
	}
	if fault != nil {
		return fmt.Errorf("%s[%d]: %w", p.Topic, p.ID, fault)
	}
	return nil
}

// refused reports whether the client may not read: it won't be better in a moment.
func refused(errs []error) bool {
	return slices.ContainsFunc(errs, func(err error) bool {
		ce, ok := errors.AsType[*broker.ClientError](err)
		return ok && ce.Class == broker.Auth
	})
}

// A reader owns a partition from an offset on.
type reader int64

func (r reader) Assigned(parts []broker.Partition) []broker.Assignment {
	out := make([]broker.Assignment, len(parts))
	for i, p := range parts {
		out[i] = broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: int64(r)}, Epoch: 1}
	}
	return out
}
func (reader) Revoked([]broker.Partition) {}
func (reader) Lost([]broker.Partition)    {}

// mark remembers what was dealt with.
func (d *Desk) mark(ctx context.Context, logs []*log) error {
	var offsets []broker.Offset
	var errs []error
	for _, l := range logs {
		l.slide(l.start)
		text, complete := l.text()
		if !complete {
			errs = append(errs, fmt.Errorf("%s[%d]: too many gaps: some of what was dealt with is shown as open again", l.Topic, l.ID))
		}
		offsets = append(offsets, broker.Offset{Partition: l.Partition, Offset: l.next, LeaderEpoch: -1, Metadata: text})
	}
	if len(offsets) == 0 {
		return nil
	}
	answers, err := d.m.AlterOffsets(ctx, group(logs[0].Topic), offsets)
	errs = append(errs, err)
	for _, a := range answers {
		errs = append(errs, a.Err)
	}
	return errors.Join(slices.DeleteFunc(errs, func(e error) bool { return e == nil })...)
}
