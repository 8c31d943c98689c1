package app

import (
	"context"
	"os"
	"reflect"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/doctor"
)

const (
	// startTimeout is fx's own: migrations and pools run in it. Listeners that
	// wait when they start get their time on top.
	startTimeout = fx.DefaultTimeout
	// stopTimeout holds for an application without listeners; with them it is
	// their longest shutdown-timeout and afterwards, which makes 27 s by default.
	stopTimeout = 27 * time.Second
	// afterwards is what is left for the hooks that stop after the listeners.
	afterwards = 2 * time.Second
)

// An App is an fx application with listeners.
type App struct {
	fx   *fx.App
	core *core // nil where New failed early
}

// New makes an application from fx options and those of this package. It
// contains Module and, behind all options, Start.
//
// Configuration is read by config.Load, unless Config is among the options or
// something provides a *config.Config. A *zap.Logger that is provided gets the
// framework's lines, and at debug level those of fx; else they go to stderr.
//
// fx.StartTimeout and fx.StopTimeout may be given; by default a start may take
// 15 s, the longest wait of a listener's `start` and that for declared topics, and a stop the longest
// shutdown-timeout of the listeners, the close-timeouts that are set of templates, and 2 s more.
// Nothing starts here; Err says what is wrong.
func New(opts ...fx.Option) *App {
	a := &App{}
	all := []fx.Option{fx.StartTimeout(startTimeout), fx.StopTimeout(stopTimeout), fx.WithLogger(fxLogger), Module}
	all = append(all, tidied(opts)...)
	a.fx = fx.New(append(all, fx.Populate(&a.core), startFrom(byNew))...)
	return a
}

// Err returns everything that New found wrong, joined; nil is all is well.
func (a *App) Err() error { return a.fx.Err() }

// Start runs the OnStart hooks and then starts the listeners, all at the same
// time. It waits for a broker only where a listener's `start` says so. When it
// fails, what had started is stopped again. From then on, a listener that ends by
// itself and has `on-fatal: app` ends the application as fx.Shutdowner does,
// with exit code 1.
func (a *App) Start(ctx context.Context) error {
	if doctor.Asked() {
		return errAsked
	}
	err := a.fx.Start(ctx)
	if err != nil && a.core != nil {
		a.core.close(ctx) // a hook before ours may have failed
		if a.core.events != nil {
			a.core.events.Close()
		}
	}
	return err
}

// Stop drains the listeners, all at the same time, then runs the OnStop
// hooks, and closes each template after the hooks of all that it is injected
// into. Its error names what listeners had to abandon, and what was not delivered.
func (a *App) Stop(ctx context.Context) error { return a.fx.Stop(ctx) }

// Done returns a channel that receives the signal which ends the application:
// SIGINT, SIGTERM, or fx.Shutdowner.
func (a *App) Done() <-chan os.Signal { return a.fx.Done() }

// Wait is Done with the exit code that fx.Shutdowner was given.
func (a *App) Wait() <-chan fx.ShutdownSignal { return a.fx.Wait() }

// StartTimeout returns how long Run lets a start take.
func (a *App) StartTimeout() time.Duration {
	if d := a.fx.StartTimeout(); d != startTimeout || a.core == nil {
		return d
	}
	return startTimeout + a.core.startup + a.core.topics.patience()
}

// StopTimeout returns how long Run lets a stop take.
func (a *App) StopTimeout() time.Duration {
	chosen := a.fx.StopTimeout() != stopTimeout
	if chosen || a.core == nil {
		return a.fx.StopTimeout()
	}
	if a.core.shutdown == 0 {
		return a.fx.StopTimeout() + a.core.templates.timeouts
	}
	return a.core.shutdown + afterwards + a.core.templates.timeouts
}

func (a *App) log() *zap.Logger {
	if a.core == nil {
		return defaultLogger()
	}
	return a.core.log
}

// tidied returns opts, groups opened, without what New has itself and without
// the tag of a factory or a template whose name is there already.
func tidied(opts []fx.Option) []fx.Option {
	var out []fx.Option
	names := map[string]bool{}
	for _, o := range opened(opts) {
		switch o := o.(type) {
		case *part:
		case *namedPart:
			if names[o.name] {
				out = append(out, o.alone)
				continue
			}
			names[o.name] = true
			out = append(out, o)
		default:
			out = append(out, o)
		}
	}
	return out
}

// opened flattens fx.Options, which is a slice of options; an fx.Module stays closed.
func opened(opts []fx.Option) []fx.Option {
	var out []fx.Option
	for _, o := range opts {
		v := reflect.ValueOf(o)
		if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[fx.Option]() {
			out = append(out, o)
			continue
		}
		inner := make([]fx.Option, v.Len())
		for i := range inner {
			inner[i], _ = v.Index(i).Interface().(fx.Option)
		}
		out = append(out, opened(inner)...)
	}
	return out
}
