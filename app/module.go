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
	"github.com/hearken-go/hearken/event"
)

// Module makes listeners part of an application that calls fx.New itself. It
// goes together with Start:
//
//	fx.New(app.Module, …, app.Start())
//
// It provides *container.Registry, which is empty while constructors run and
// complete in every hook, and the *template.Template of kafka.producer, which is
// made where somebody asks for it; see Template. New contains it.
var Module fx.Option = &part{fx.Module("hearken",
	supply(moduleMark{}, inModules),
	fx.Provide(newCore, func(c *core) *container.Registry { return c.registry }, makeDefaultTemplate),
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
	startup  time.Duration // the longest that one of them may wait when it starts
	ender    fx.Shutdowner

	templates templates
	topics    topics
	events    *container.Events // of what is no listener; nil before start

	closing sync.Once
	closed  chan struct{}
}

type coreParts struct {
	fx.In
	Log       *zap.Logger `optional:"true"`
	Ender     fx.Shutdowner
	Lifecycle fx.Lifecycle
}

func newCore(p coreParts) *core {
	if p.Log == nil {
		p.Log = defaultLogger()
	}
	c := &core{log: p.Log, registry: new(container.Registry), ender: p.Ender, closed: make(chan struct{})}
	p.Lifecycle.Append(fx.Hook{OnStart: c.onFirst, OnStop: c.onLast})
	return c
}

// configured is the configuration that was provided, or what config.Load finds.
func (c *core) configured(provided *config.Config) *config.Config {
	if c.config == nil {
		c.config = provided
	}
	if c.config == nil {
		c.config, _ = config.Load() // its faults are reported with all others
	}
	return c.config
}

// emit reports a fact about what is no listener.
func (c *core) emit(ev event.Event) {
	if c.events != nil {
		c.events.Emit(ev)
	}
}

// onFirst runs before the hooks of everything that takes something of this
// package: declared topics are there before anybody sends.
func (c *core) onFirst(ctx context.Context) error {
	err := c.topics.start(ctx, c.emit)
	if err != nil {
		c.topics.stop(ctx)
	}
	return err
}

// onLast runs when those hooks have run: nothing is sent any more.
func (c *core) onLast(ctx context.Context) error {
	c.topics.stop(ctx)
	if c.events != nil {
		c.events.Close()
	}
	return nil
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
