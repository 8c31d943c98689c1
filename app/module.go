package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
)

// Module makes listeners part of an application that calls fx.New itself. It
// goes together with Start:
//
//	fx.New(app.Module, …, app.Start())
//
// It provides *container.Registry, which is empty while constructors run and
// complete in every hook. New contains it.
var Module fx.Option = &part{fx.Module("hearken",
	supply(moduleMark{}, inModules),
	fx.Provide(newCore, func(c *core) *container.Registry { return c.registry }),
)}

// A part is Module or Start, which New has by itself and leaves out.
type part struct{ fx.Option }

type moduleMark struct{}

// A core is what the pieces of one application share.
type core struct {
	log      *zap.Logger
	registry *container.Registry // filled by start, so that receivers may take it
	filled   bool
	config   *config.Config
	specs    []container.Spec
	shutdown time.Duration // the longest shutdown-timeout of the listeners

	closing sync.Once
	closed  chan struct{}
}

type coreParts struct {
	fx.In
	Log *zap.Logger `optional:"true"`
}

func newCore(p coreParts) *core {
	if p.Log == nil {
		p.Log = defaultLogger()
	}
	return &core{log: p.Log, registry: new(container.Registry), closed: make(chan struct{})}
}

// fill gives the registry its containers.
func (c *core) fill(r *container.Registry, specs []container.Spec) {
	*c.registry, c.filled = *r, true
	for i := range specs {
		c.shutdown = max(c.shutdown, specs[i].ShutdownTimeout)
	}
}

// errRestart: the registry's events have ended with its first stop.
var errRestart = errors.New("hearken: an application that was stopped can't be started again: make a new one")

// onStart is the application's last OnStart.
func (c *core) onStart(ctx context.Context) error {
	select {
	case <-c.closed:
		return errRestart
	default:
	}
	err := c.registry.Start(ctx)
	if err != nil {
		c.close(ctx)
	}
	return err
}

// onStop is the application's first OnStop. It stops all containers at once,
// in the time that ctx leaves, and waits until observers have seen the end.
func (c *core) onStop(ctx context.Context) error {
	err := c.registry.Stop(ctx)
	c.close(ctx)
	return err
}

// close ends the events. An observer that blocks is left behind.
func (c *core) close(ctx context.Context) {
	if !c.filled {
		return
	}
	c.closing.Do(func() {
		go func() {
			defer close(c.closed)
			c.registry.Close()
		}()
	})
	select {
	case <-c.closed:
	case <-ctx.Done():
	}
}
