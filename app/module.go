package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
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
	shutdown time.Duration // the longest shutdown-timeout of the listeners
	startup  time.Duration // the longest that one of them may wait when it starts
	ender    fx.Shutdowner

	closing sync.Once
	closed  chan struct{}
}

type coreParts struct {
	fx.In
	Log   *zap.Logger `optional:"true"`
	Ender fx.Shutdowner
}

func newCore(p coreParts) *core {
	if p.Log == nil {
		p.Log = defaultLogger()
	}
	return &core{log: p.Log, registry: new(container.Registry), ender: p.Ender, closed: make(chan struct{})}
}

// fill gives the registry its containers.
func (c *core) fill(observer event.Observer, specs []container.Spec) {
	c.registry.Fill(observer, specs)
	c.filled = true
	for i := range specs {
		c.shutdown = max(c.shutdown, specs[i].ShutdownTimeout)
		c.startup = max(c.startup, specs[i].Start.Within)
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
		return err
	}
	go c.endOnFatal()
	return nil
}

// endOnFatal ends the application, with exit code 1, when a listener has ended
// by itself whose on-fatal is app.
func (c *core) endOnFatal() {
	select {
	case <-c.closed:
	case err := <-c.registry.Fatal():
		c.log.Error("a listener has ended and takes the application along (on-fatal: app)", zap.String("error", err.Error()))
		if err := c.ender.Shutdown(fx.ExitCode(1)); err != nil {
			c.log.Error("the application can't be ended", zap.String("error", err.Error()))
		}
	}
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
