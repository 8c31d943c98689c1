package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Run starts the application, waits for SIGINT, SIGTERM or fx.Shutdowner, and
// stops it. It returns after a clean stop and ends the process otherwise: with
// 1 where the start failed, where a hook failed, or where the stop had to
// abandon something; with the code that fx.Shutdowner was given; and, without
// waiting any longer, with 128 + the signal's number at the second signal.
//
// Where `hearken config` or `hearken doctor` ask (HEARKEN_COMMAND), it answers
// instead of starting anything, and ends the process with the result.
func (a *App) Run() {
	if code := a.run(); code != 0 {
		os.Exit(code)
	}
}

func (a *App) run() (code int) {
	if code, asked := a.answer(); asked {
		return code
	}
	wait := a.Wait() // from here on a signal is kept until the start is over
	defer exitOnSecond(os.Exit)()
	ctx, cancel := context.WithTimeout(context.Background(), a.StartTimeout())
	defer cancel()
	if err := a.Start(ctx); err != nil {
		a.report("the application did not start", err)
		return 1
	}
	sig := <-wait
	ctx, cancel = context.WithTimeout(context.Background(), a.StopTimeout())
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		a.report("the application did not stop cleanly", err)
		return 1
	}
	return sig.ExitCode
}

// report writes one line for each fault, so that none hides in a long text.
func (a *App) report(text string, err error) {
	log := a.log().WithOptions(zap.WithCaller(false), zap.AddStacktrace(zapcore.InvalidLevel)) // those of Run say nothing
	for _, e := range split(err) {
		log.Error(text, zap.String("error", e.Error()))
	}
	_ = log.Sync() // not every stderr can be synced
}

// exitOnSecond counts signals, and calls exit at the second: somebody who
// presses Ctrl-C again does not want to wait. The result ends it.
func exitOnSecond(exit func(int)) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		seen := 0
		for {
			select {
			case <-done:
				return
			case s := <-signals:
				if seen++; seen == 2 {
					exit(exitCode(s))
				}
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

func exitCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 1
}
