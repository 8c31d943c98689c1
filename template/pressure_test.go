package template_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/template"
)

// small is a client queue of ten messages: the window takes nine.
var small = map[string]string{"queue.buffering.max.messages": "10"}

func TestAFullWindowHoldsTheSender(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Properties: small}, func(f *fixture) {
		release := f.log.Hold()
		var accepted atomic.Int64
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				f.SendAsync(f.t.Context(), "orders", "k", fmt.Sprint(i))
				accepted.Add(1)
			})
		}
		synctest.Wait()
		require.EqualValues(f.t, 9, accepted.Load())

		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		within(f.t, time.Second, func() {
			_, err := f.Send(ctx, "orders", "k", "too many")
			require.ErrorIs(f.t, err, context.DeadlineExceeded)
			require.ErrorContains(f.t, err, "not sent: too much is on its way")
			require.NotErrorIs(f.t, err, template.ErrUnknownOutcome)
		})
		within(f.t, 0, func() { // by wake-ups: no time passes
			release()
			wg.Wait()
			require.NoError(f.t, f.Flush(f.t.Context()))
		})
		require.Len(f.t, f.records(), 30)
	})
}

func TestTheWindowCountsBytes(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Properties: map[string]string{"queue.buffering.max.kbytes": "10"}}, func(f *fixture) {
		release := f.log.Hold()
		var accepted atomic.Int64
		var wg sync.WaitGroup
		for _, size := range []int{4000, 4000, 4000, 100_000, 4000} {
			wg.Go(func() {
				f.SendAsync(f.t.Context(), "orders", "", strings.Repeat("x", size))
				accepted.Add(1)
			})
			synctest.Wait()
		}
		require.EqualValues(f.t, 2, accepted.Load())
		release()
		wg.Wait()
		require.NoError(f.t, f.Flush(f.t.Context()))
		require.Len(f.t, f.records(), 5, "the one that is larger than the window went, too")
	})
}

// TestTheClientsQueueIsSmaller: the window can't know everything.
func TestTheClientsQueueIsSmaller(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		f.log.Capacity(1)
		release := f.log.Hold()
		a := f.SendAsync(f.t.Context(), "orders", "k", "a")
		var b *template.Future
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			b = f.SendAsync(f.t.Context(), "orders", "k", "b")
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := f.Send(ctx, "orders", "k", "c")
		require.ErrorIs(f.t, err, context.DeadlineExceeded)
		release()
		<-sent
		for _, future := range []*template.Future{a, b} {
			_, err := future.Wait(f.t.Context())
			require.NoError(f.t, err)
		}
	})
}

func TestAWaiterThatLeavesLetsTheNextIn(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Properties: map[string]string{"queue.buffering.max.kbytes": "10"}}, func(f *fixture) {
		release := f.log.Hold()
		f.SendAsync(f.t.Context(), "orders", "", strings.Repeat("x", 8000))
		ctx, cancel := context.WithCancel(f.t.Context())
		go f.SendAsync(ctx, "orders", "", strings.Repeat("x", 4000)) // waits first, and does not fit
		synctest.Wait()
		fits := make(chan struct{})
		go func() {
			defer close(fits)
			f.SendAsync(f.t.Context(), "orders", "", "small")
		}()
		synctest.Wait()
		select {
		case <-fits:
			f.t.Fatal("it overtook")
		default:
		}
		cancel()
		<-fits
		release()
	})
}

func TestFlushWaitsForWhatWasSentBefore(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		release := f.log.Hold()
		first := f.SendAsync(f.t.Context(), "orders", "k", "a")
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		err := f.Flush(ctx)
		require.ErrorIs(f.t, err, context.DeadlineExceeded)
		require.ErrorContains(f.t, err, "1 records are not decided")

		flushed := make(chan error, 2)
		for range 2 {
			go func() { flushed <- f.Flush(f.t.Context()) }()
		}
		synctest.Wait()
		release()
		require.NoError(f.t, <-flushed)
		require.NoError(f.t, <-flushed)
		select {
		case <-first.Done():
		default:
			f.t.Fatal("the futures are settled when Flush returns")
		}
		require.NoError(f.t, f.Flush(f.t.Context()), "nothing is on its way")
	})
}

func TestCloseNamesWhatWasNotDelivered(t *testing.T) {
	t.Parallel()
	run(t, template.Options{Name: "shop", CloseTimeout: 3 * time.Second}, func(f *fixture) {
		f.send(f.t.Context(), "delivered")
		defer f.log.Hold()()
		var futures []*template.Future
		for i := range 12 {
			futures = append(futures, f.SendAsync(f.t.Context(), map[bool]string{true: "orders", false: "ledger"}[i < 10], "k", "secret"))
		}
		var err error
		within(f.t, 3*time.Second, func() { err = f.Close(context.Background()) })
		require.EqualError(f.t, err, `template "shop": closed with 12 records undelivered (orders: 10, ledger: 2)`)
		for _, future := range futures {
			_, err := future.Wait(f.t.Context())
			require.ErrorContains(f.t, err, "purged")
		}
		require.Equal(f.t, err, f.Close(f.t.Context()), "again the same")
		require.Equal(f.t, 12, found[event.TemplateClosed](f)[0].Undelivered)
		require.Empty(f.t, found[event.SendFailed](f), "they are told once")
		_, err = f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorIs(f.t, err, template.ErrClosed)
	})
}

func TestCloseWaitsForTransactions(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		began, done := make(chan struct{}), make(chan error, 1)
		go func() {
			done <- f.InTransaction(f.t.Context(), func(ctx context.Context) error {
				close(began)
				time.Sleep(2 * time.Second)
				_, err := f.Send(ctx, "orders", "k", "v")
				return err
			})
		}()
		<-began
		within(f.t, 2*time.Second, func() { require.NoError(f.t, f.Close(f.t.Context())) })
		require.NoError(f.t, <-done)
		require.Equal(f.t, []string{"v"}, f.records())
		require.ErrorIs(f.t, f.InTransaction(f.t.Context(), func(context.Context) error { return nil }), template.ErrClosed)
	})
}

func TestCloseLeavesATransactionBehind(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		began, done := make(chan struct{}), make(chan error, 1)
		go func() {
			done <- f.InTransaction(f.t.Context(), func(ctx context.Context) error {
				f.send(ctx, "v")
				close(began)
				time.Sleep(time.Hour)
				return nil
			})
		}()
		<-began
		err := f.Close(f.t.Context())
		require.ErrorContains(f.t, err, "while 1 transactions were running, which are not committed")
		err = <-done
		require.ErrorIs(f.t, err, template.ErrAborted)
		require.ErrorIs(f.t, err, template.ErrClosed)
		require.Empty(f.t, f.records())
	})
}

// What lingers is sent by Flush and by Close, however late the brokers are known.
func TestNothingLingersPastAFlush(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(f *fixture) error{
		"flush": func(f *fixture) error { return f.Flush(f.t.Context()) },
		"close": func(f *fixture) error { return f.Close(f.t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, template.Options{}, func(f *fixture) {
				f.log.Linger()
				release := f.log.Hold()
				sent := f.SendAsync(f.t.Context(), "orders", "k", "v")
				time.AfterFunc(3500*time.Millisecond, release)
				within(f.t, 3500*time.Millisecond, func() { require.NoError(f.t, end(f)) })
				<-sent.Done()
				require.Len(f.t, f.records(), 1)
			})
		})
	}
}
