//go:build unix

package ours

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// errFellBack: what was measured is not what was asked for.
var errFellBack = errors.New("the queue reader fell back to the poll reader")

// hearken is a listener with default settings, but for the job's parameters
// that begin with "kafka.": they are settings. With json=yes the values are read into Orders.
func hearken(ctx context.Context, j agent.Job, m *agent.Meter) error {
	topic, group := listener.Topics(j.Topic), listener.GroupID(j.Group)
	l := listener.On("bench", func(_ context.Context, r listener.Record[[]byte]) error {
		m.Record(r.Partition, r.Offset, r.Value)
		return nil
	}, topic, group)
	if j.Text("json", "") == "yes" {
		l = listener.On("bench", func(_ context.Context, r listener.Record[Order]) error {
			if r.Value.ID == "" {
				return errNoOrder
			}
			m.Record(r.Partition, r.Offset, nil)
			return nil
		}, topic, group)
	}
	return listen(ctx, j, m, []listener.Listener{l})
}

// listen builds and runs listeners, by the reader that was asked for.
func listen(ctx context.Context, j agent.Job, m *agent.Meter, listeners []listener.Listener, observers ...event.Observer) error {
	var fellBack atomic.Bool
	reg, err := build(j, listeners, append(observers, event.ObserverFunc(func(e event.Event) {
		if _, ok := e.(event.ReaderFallback); ok {
			fellBack.Store(true)
		}
	}))...)
	if err != nil {
		return err
	}
	if err := run(ctx, reg, m); err != nil {
		return err
	}
	if fellBack.Load() {
		return errFellBack
	}
	return nil
}

// build makes the listeners' registry as the job says.
func build(j agent.Job, listeners []listener.Listener, observers ...event.Observer) (*container.Registry, error) {
	settings := map[string]any{"kafka.bootstrap-servers": j.Brokers, "kafka.consumer.auto-offset-reset": "earliest"}
	for key, value := range j.Params {
		if strings.HasPrefix(key, "kafka.") {
			settings[key] = value
		}
	}
	if at, ok := j.Params["session"]; ok {
		settings["kafka.consumer.properties"] = map[string]any{"session.timeout.ms": at, "heartbeat.interval.ms": "500"}
	}
	cfg, err := config.Load(config.Map(settings))
	if err == nil {
		var reg *container.Registry
		if reg, err = factory.Build(cfg, nil, listeners, observers...); err == nil {
			return reg, nil
		}
	}
	for _, name := range []string{"kafka.listener.reader", "kafka.listener.ordering"} {
		if _, asked := settings[name]; asked && strings.Contains(err.Error(), name) {
			return nil, agent.Absent("this version has no setting " + name)
		}
	}
	return nil, err
}

// run runs the listeners until the meter is full.
func run(ctx context.Context, reg *container.Registry, m *agent.Meter) error {
	defer reg.Close()
	if err := reg.Start(ctx); err != nil {
		return err
	}
	select {
	case <-m.Done():
	case <-ctx.Done():
	}
	return reg.Stop(context.WithoutCancel(ctx))
}
