package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/kafkatest"
)

// A pulse samples a group's committed offsets from outside. Its results may be
// read after stop: the longest time with work to do and no progress, of the
// whole group, and of one partition.
type pulse struct {
	group, partition time.Duration
	stop             func()

	admin *kadm.Client
	moved time.Time           // the group's last progress
	last  map[int32]int64     // committed offsets
	since map[int32]time.Time // each partition's last progress
}

// watch takes a pulse ten times a second.
func watch(t *testing.T, b *kafkatest.Broker, group, topic string) *pulse {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p := &pulse{admin: kadm.NewClient(b.Client()), moved: time.Now(), last: map[int32]int64{}, since: map[int32]time.Time{}}
	var once sync.Once
	p.stop = func() { once.Do(func() { cancel(); <-done }) }
	t.Cleanup(p.stop)
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				p.take(ctx, group, topic)
			}
		}
	}()
	return p
}

// take looks once. Where the broker does not answer, nothing has moved, and the next look tells.
func (p *pulse) take(ctx context.Context, group, topic string) {
	ends, err := p.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return
	}
	commits, err := p.admin.FetchOffsets(ctx, group)
	if err != nil {
		return
	}
	now, idle := time.Now(), true
	ends.Each(func(end kadm.ListedOffset) {
		at := int64(0)
		if c, ok := commits.Lookup(topic, end.Partition); ok {
			at = max(0, c.At)
		}
		idle = idle && at >= end.Offset
		if at != p.last[end.Partition] {
			p.moved = now
		}
		if at != p.last[end.Partition] || at >= end.Offset || p.since[end.Partition].IsZero() {
			p.last[end.Partition], p.since[end.Partition] = at, now
		}
		p.partition = max(p.partition, now.Sub(p.since[end.Partition]))
	})
	if idle {
		p.moved = now
	}
	p.group = max(p.group, now.Sub(p.moved))
}
