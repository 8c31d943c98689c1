package template

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Replies returns the listener that receives the replies to this template's
// requests, called replies-<name of the template>. Register it as any other, once:
//
//	factory.Build(cfg, factories, append(listeners, t.Replies()))
//	app.Listen((*template.Template).Replies)
//
// It reads the reply topic, all partitions of it or Replies.Partition, without a group's
// assignment: every instance sees every reply, from about its start on. Its group, for
// offsets that nobody looks at, is called as the listener, too. It connects as all listeners
// do, which has to be the template's cluster (factory.Cluster). opts are put on top;
// OnRebalance among them is not called.
//
// At a stop it ends with the other listeners: a request of a handler that runs
// then is ErrNoReply at its deadline.
func (t *Template) Replies(opts ...listener.Option) listener.Listener {
	id := "replies-" + t.o.Name
	a := t.asking
	if a == nil {
		return listener.Broken(id, errors.New("the template has no reply topic: set Replies.Topic"))
	}
	ids := "*"
	if p := t.o.Replies.Partition; p != nil {
		ids = strconv.Itoa(int(*p))
	}
	all := []listener.Option{listener.Partitions(t.o.Replies.Topic, ids, listener.FromEnd(0)), listener.GroupID(id), seldom()}
	all = append(append(all, opts...), listener.OnRebalance(listener.RebalanceListener{
		Assigned: a.assigned, RevokedBeforeCommit: a.revoked, Lost: a.revoked,
	}))
	return listener.OnMessage(id, func(_ context.Context, m *kafka.Message) error {
		a.take(raw(m))
		return nil
	}, all...)
}

// seldom are the settings of a listener whose offsets nobody looks at: it has
// one consumer, so that an assignment is a whole one, and commits each minute.
func seldom() listener.Option {
	origin := spec.Code(1)
	return spec.ForListener("settings of a reply listener", func(s *spec.Settings) {
		for key, value := range map[string]string{"ack-mode": "time", "ack-time": "1m", "concurrency": "1", "batch": "false"} {
			if k, ok := spec.Lookup(key); ok {
				_ = k.Set(s, value, origin)
			}
		}
	})
}

func (a *asking) listenerID() string { return "replies-" + a.t.o.Name }

// clockSkew is how much the clocks of services may differ for a reply that is
// written while the reply listener looks its start up.
const clockSkew = time.Minute

// assigned lets requests go. The end of the log would be looked up after this,
// when the first reply may be there already; so the start is a time, which is before the
// oldest request that waits. Replies that are read twice answer nobody.
func (a *asking) assigned(_ context.Context, parts *listener.Assigned) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from := time.Now()
	for _, p := range a.pending {
		if p.began.Before(from) {
			from = p.began
		}
	}
	for _, tp := range parts.Partitions {
		parts.Seek(tp.Topic, tp.Partition, listener.FromTime(from.Add(-clockSkew)))
		a.parts[tp] = true
	}
	select {
	case <-a.ready:
	default:
		if len(a.parts) > 0 {
			close(a.ready)
		}
	}
}

// revoked holds requests back until there are partitions again.
func (a *asking) revoked(_ context.Context, gone []listener.TopicPartition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, tp := range gone {
		delete(a.parts, tp)
	}
	if len(a.parts) > 0 {
		return
	}
	select {
	case <-a.ready:
		a.ready = make(chan struct{})
	default:
	}
}

// raw returns a message as a record.
func raw(m *kafka.Message) *listener.RawRecord {
	r := &listener.RawRecord{
		Partition: m.TopicPartition.Partition, Offset: int64(m.TopicPartition.Offset), LeaderEpoch: -1,
		Timestamp: m.Timestamp, Key: m.Key, Value: m.Value,
	}
	if m.TopicPartition.Topic != nil {
		r.Topic = *m.TopicPartition.Topic
	}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, listener.Header{Key: h.Key, Value: h.Value})
	}
	return r
}
