package admin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
)

// Declare makes topics be there: it creates those that are missing, and adds
// partitions where there are too few; it never takes any away. Where a topic
// differs otherwise, in its replicas or in a setting that is declared, that is an
// event.TopicDiffers; settings are changed where modify is true, replicas never.
//
// The events are what was done and found, in order, also beside an error,
// which names every topic that is not as it is to be, and may be made so by another try.
func (a *Admin) Declare(ctx context.Context, modify bool, topics ...Topic) ([]event.Event, error) {
	specs, err := factory.TopicSpecs(nil, recipes(topics))
	if err != nil {
		return nil, err
	}
	return a.DeclareSpecs(ctx, modify, specs)
}

// DeclareSpecs is Declare for topics that package factory has checked.
func (a *Admin) DeclareSpecs(ctx context.Context, modify bool, specs []factory.TopicSpec) ([]event.Event, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	d := declaration{a: a, modify: modify}
	began, left := time.Now(), d.round(ctx, specs)
	for pause := firstPause; len(left) > 0 && ctx.Err() == nil && time.Since(began) < lookAgain; pause = min(2*pause, lastPause) {
		select {
		case <-time.After(pause):
			left = d.round(ctx, left)
		case <-ctx.Done():
		}
	}
	for _, s := range left {
		const why = "it is not there when it is looked at: somebody else creates and deletes it, or a broker has not heard of it"
		d.errs = append(d.errs, fault(ctx, opCreate, s.Name, &broker.ClientError{Code: topicExists, Text: why}))
	}
	return d.done, errors.Join(d.errs...)
}

// A broker may not have heard yet of a topic that another one has just created.
const (
	lookAgain  = 5 * time.Second // for so long it is looked at again,
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second // with these pauses

	topicExists = 36
)

// A declaration is one run of Declare.
type declaration struct {
	a      *Admin
	modify bool
	done   []event.Event
	errs   []error
}

// round looks at topics and does what is to be done; it returns those that
// somebody else has created meanwhile, and that are to be looked at.
func (d *declaration) round(ctx context.Context, specs []factory.TopicSpec) (again []factory.TopicSpec) {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	there, err := d.a.c.DescribeTopics(ctx, names)
	if err != nil {
		d.errs = append(d.errs, d.a.fault(ctx, opDescribe, strings.Join(names, ", "), err))
		return nil
	}
	var missing []factory.TopicSpec
	for i, s := range specs {
		err := fault(ctx, opDescribe, s.Name, there[i].Err)
		switch {
		case errors.Is(err, ErrUnknownTopic):
			missing = append(missing, s)
		case err != nil:
			d.errs = append(d.errs, err)
		default:
			d.compare(ctx, s, len(there[i].Partitions), replicasOf(there[i].Partitions))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for i, err := range d.a.create(ctx, missing) {
		switch {
		case errors.Is(err, ErrTopicExists):
			again = append(again, missing[i])
		case err != nil:
			d.errs = append(d.errs, err)
		default:
			d.done = append(d.done, event.TopicCreated{Topic: missing[i].Name, Partitions: missing[i].Partitions, Replicas: missing[i].Replicas})
		}
	}
	return again
}

// compare holds a topic that is there against its declaration.
func (d *declaration) compare(ctx context.Context, s factory.TopicSpec, partitions, replicas int) {
	switch {
	case s.Partitions > partitions:
		if err := d.a.c.CreatePartitions(ctx, s.Name, s.Partitions); err != nil {
			d.errs = append(d.errs, d.a.fault(ctx, opExpand, s.Name, err))
			break
		}
		d.done = append(d.done, event.TopicExpanded{Topic: s.Name, From: partitions, To: s.Partitions})
	case s.Partitions > 0 && s.Partitions < partitions:
		d.differs(s.Name, "partitions", strconv.Itoa(s.Partitions), strconv.Itoa(partitions), false)
	}
	if s.Replicas > 0 && s.Replicas != replicas {
		d.differs(s.Name, "replicas", strconv.Itoa(s.Replicas), strconv.Itoa(replicas), false)
	}
	if len(s.Config) > 0 {
		d.settings(ctx, s)
	}
}

// settings compares what is declared with what is, and changes it where that is wanted.
func (d *declaration) settings(ctx context.Context, s factory.TopicSpec) {
	actual, err := d.a.c.TopicConfigs(ctx, s.Name)
	if err != nil {
		d.errs = append(d.errs, d.a.fault(ctx, opDescribe, s.Name, err))
		return
	}
	other := map[string]string{}
	for name, want := range s.Config {
		if folded(want) != folded(actual[name]) {
			other[name] = want
		}
	}
	changed := false
	if d.modify && len(other) > 0 {
		err := d.a.c.AlterTopicConfigs(ctx, s.Name, other)
		changed = err == nil
		if err != nil {
			d.errs = append(d.errs, d.a.fault(ctx, opAlter, s.Name, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		d.differs(s.Name, name, other[name], actual[name], changed)
	}
}

func (d *declaration) differs(topic, setting, declared, actual string, changed bool) {
	d.done = append(d.done, event.TopicDiffers{Topic: topic, Setting: setting, Declared: declared, Actual: actual, Changed: changed})
}

// folded leaves out what makes no difference: blanks around the parts of a list.
func folded(value string) string {
	parts := strings.Split(value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ",")
}

func replicasOf(partitions []broker.PartitionDetail) int {
	least := 0
	for i, p := range partitions {
		if i == 0 || p.Replicas < least {
			least = p.Replicas
		}
	}
	return least
}
