//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/template"
)

var (
	payload = make([]byte, 100)
	keys    = func() []string {
		all := make([]string, 1000)
		for i := range all {
			all[i] = "key-" + strconv.Itoa(i)
		}
		return all
	}()
)

func open(o options, prefix string) (*template.Template, error) {
	return template.New(template.Options{BootstrapServers: o.brokers, Linger: &o.linger, TransactionIDPrefix: prefix})
}

// measured runs fn between the template's first send, which connects, and its close.
func measured(ctx context.Context, o options, fn func(t *template.Template) error) (time.Duration, error) {
	t, err := open(o, "")
	if err != nil {
		return 0, err
	}
	if _, err := t.Send(ctx, o.topic, "k", payload); err != nil {
		return 0, err
	}
	began := time.Now()
	err = fn(t)
	took := time.Since(began)
	return took, errors.Join(err, t.Close(ctx))
}

// async sends from one goroutine and looks at every outcome.
func async(ctx context.Context, o options, n int) (time.Duration, error) {
	return asyncBy(ctx, o, n, 1)
}

func async8(ctx context.Context, o options, n int) (time.Duration, error) {
	return asyncBy(ctx, o, n, 8)
}

func asyncBy(ctx context.Context, o options, n, senders int) (time.Duration, error) {
	var failed, done atomic.Int64
	took, err := measured(ctx, o, func(t *template.Template) error {
		note := template.OnDone(func(_ template.Sent, err error) {
			if err != nil {
				failed.Add(1)
			}
			done.Add(1)
		})
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for i := range n / senders {
					t.SendAsync(ctx, o.topic, keys[i%len(keys)], payload, note)
				}
			})
		}
		wg.Wait()
		return t.Flush(ctx)
	})
	if failed.Load() > 0 || int(done.Load()) != n/senders*senders {
		err = errors.Join(err, fmt.Errorf("%d failed, %d of %d done", failed.Load(), done.Load(), n))
	}
	return took, err
}

// wait64 sends and waits, from 64 goroutines.
func wait64(ctx context.Context, o options, n int) (time.Duration, error) {
	return measured(ctx, o, func(t *template.Template) error {
		var wg sync.WaitGroup
		errs := make(chan error, 64)
		for range 64 {
			wg.Go(func() {
				for i := range n / 64 {
					if _, err := t.Send(ctx, o.topic, keys[i%len(keys)], payload); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		return <-errs
	})
}

// transactions sends in transactions of 100 records.
func transactions(ctx context.Context, o options, n int) (time.Duration, error) {
	t, err := open(o, "bench")
	if err != nil {
		return 0, err
	}
	var began time.Time
	for i := range n/100 + 1 {
		err := t.InTransaction(ctx, func(ctx context.Context) error {
			for j := range 100 {
				t.SendAsync(ctx, o.topic, keys[(i*100+j)%len(keys)], payload)
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if i == 0 {
			began = time.Now()
		}
	}
	took := time.Since(began)
	return took, t.Close(ctx)
}
