//go:build unix

package ours

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/template"
)

// senders is how many goroutines send and wait, and inTransaction how many
// records a transaction has.
const (
	senders       = 64
	inTransaction = 100
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

// withTemplate runs fn between the template's first send, which connects, and its close.
func withTemplate(ctx context.Context, j agent.Job, m *agent.Meter, fn func(t *template.Template) error) error {
	t, err := template.New(template.Options{BootstrapServers: j.Brokers})
	if err != nil {
		return err
	}
	if _, err := t.Send(ctx, j.Topic, "k", payload); err != nil {
		return errors.Join(err, t.Close(ctx))
	}
	m.Begin()
	err = fn(t)
	if err == nil {
		m.Sent(j.Records)
	}
	return errors.Join(err, t.Close(ctx))
}

// sendAsync sends from one goroutine and looks at every outcome.
func sendAsync(ctx context.Context, j agent.Job, m *agent.Meter) error {
	var failed, done atomic.Int64
	note := template.OnDone(func(_ template.Sent, err error) {
		if err != nil {
			failed.Add(1)
		}
		done.Add(1)
	})
	return withTemplate(ctx, j, m, func(t *template.Template) error {
		for i := range j.Records {
			t.SendAsync(ctx, j.Topic, keys[i%len(keys)], payload, note)
		}
		err := t.Flush(ctx)
		if err == nil && (failed.Load() > 0 || int(done.Load()) != j.Records) {
			err = fmt.Errorf("%d failed, %d of %d done", failed.Load(), done.Load(), j.Records)
		}
		return err
	})
}

// send64 sends and waits, from 64 goroutines.
func send64(ctx context.Context, j agent.Job, m *agent.Meter) error {
	return withTemplate(ctx, j, m, func(t *template.Template) error {
		return fromEach(j.Records, func(i int) error {
			_, err := t.Send(ctx, j.Topic, keys[i%len(keys)], payload)
			return err
		})
	})
}

// fromEach calls send for each of n records from the 64 goroutines.
func fromEach(n int, send func(i int) error) error {
	var wg sync.WaitGroup
	errs := make(chan error, senders)
	for s := range senders {
		wg.Go(func() {
			for i := s; i < n; i += senders {
				if err := send(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// transactions sends in transactions of 100 records. The first one, which
// makes the producer known to its coordinator, does not count.
func transactions(ctx context.Context, j agent.Job, m *agent.Meter) error {
	t, err := template.New(template.Options{BootstrapServers: j.Brokers, TransactionIDPrefix: j.Group})
	if err != nil {
		return err
	}
	one := func(from int) error {
		return t.InTransaction(ctx, func(ctx context.Context) error {
			for i := range inTransaction {
				t.SendAsync(ctx, j.Topic, keys[(from+i)%len(keys)], payload)
			}
			return nil
		})
	}
	err = inHundreds(j, m, one)
	return errors.Join(err, t.Close(ctx))
}

// inHundreds runs one transaction that does not count, and then the job's.
func inHundreds(j agent.Job, m *agent.Meter, one func(from int) error) error {
	if err := one(0); err != nil {
		return err
	}
	m.Begin()
	for from := 0; from < j.Records; from += inTransaction {
		if err := one(from); err != nil {
			return err
		}
	}
	m.Sent(j.Records)
	return nil
}
