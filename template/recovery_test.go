package template_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/template"
)

func TestACommitIsRepeatedWhileRetriable(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		again := brokertest.Retriable("1000 remaining")
		f.log.Fail("init", again)
		f.log.Fail("commit", again, again)
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			f.send(ctx, "1")
			return nil
		}))
		require.Equal(f.t, []string{"1"}, f.records())
	})
}

func TestIndeterminateCommits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(f *fixture) (mend func())
		limit time.Duration
	}{
		{"the broker does not answer", func(f *fixture) func() { return f.log.Hold() }, 5 * time.Second},
		{"the client hangs", func(f *fixture) func() { return f.log.Stick("commit") }, 7 * time.Second},
		{"the client dies", func(f *fixture) func() {
			f.log.Fail("commit", brokertest.Fatal("invalid transaction state"))
			return func() {}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run(t, template.Options{TransactionIDPrefix: "tx", Instance: "indeterminate-" + tt.name}, func(f *fixture) {
				ctx, cancel := context.WithTimeout(f.t.Context(), 5*time.Second)
				defer cancel()
				mend := func() {}
				within(f.t, tt.limit+100*time.Millisecond, func() {
					err := f.InTransaction(ctx, func(ctx context.Context) error {
						f.send(ctx, "1")
						mend = tt.spoil(f)
						f.SendAsync(ctx, "orders", "k", "2")
						return nil
					})
					require.ErrorIs(f.t, err, template.ErrIndeterminate)
					require.NotErrorIs(f.t, err, template.ErrAborted)
				})
				mend()
				synctest.Wait()
				require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
					f.send(ctx, "3")
					return nil
				}))
				require.Contains(f.t, f.records(), "3")
				require.Len(f.t, found[event.TransactionIndeterminate](f), 1)
				synctest.Wait()
				require.Len(f.t, found[event.ProducerRebuilt](f), 1, "with the same id")
				require.Equal(f.t, 1, f.log.Live())
			})
		})
	}
}

func TestFencing(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		err := f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			f.send(ctx, "1")
			f.log.Fence(f.id("0"))
			return nil
		})
		require.ErrorIs(f.t, err, template.ErrFenced)
		require.ErrorContains(f.t, err, `another process uses the transactional id "`+f.id("0")+`"`)
		require.ErrorContains(f.t, err, "instance")

		f.log.Fail("deliver", nil)
		err = f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			f.send(ctx, "2")
			f.log.Fence(f.id("0"))
			return errBoom
		})
		require.Equal(f.t, errBoom, err)
		require.Error(f.t, found[event.TransactionAborted](f)[0].AbortErr)

		err = f.InTransaction(f.t.Context(), func(context.Context) error {
			time.Sleep(time.Minute)
			f.log.Fence(f.id("0"))
			return nil
		})
		require.ErrorContains(f.t, err, "was ended by the broker: make it shorter")
		require.Empty(f.t, f.records())
	})
}

func TestAHangingStartLetsItsCallerGo(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		release := f.log.Stick("init")
		ctx, cancel := context.WithCancelCause(f.t.Context())
		time.AfterFunc(time.Second, func() { cancel(errBoom) })
		within(f.t, time.Second, func() {
			err := f.InTransaction(ctx, func(context.Context) error { t.Error("there is no producer"); return nil })
			require.ErrorIs(f.t, err, errBoom)
		})
		release()
		synctest.Wait()
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error { f.send(ctx, "1"); return nil }))
		require.Equal(f.t, []string{"1"}, f.records())
		require.Len(f.t, f.log.Opened(), 1)
	})
}

// TestADeadProducerIsNotLentAgain: the client gave up between two transactions.
func TestADeadProducerIsNotLentAgain(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		once := func(value string) {
			require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error { f.send(ctx, value); return nil }))
		}
		once("1")
		f.log.Opened()[0].Params.Errors(brokertest.Fatal("out of order sequence"))
		once("2")
		require.Len(f.t, f.log.Opened(), 2)
		require.Equal(f.t, f.id("0"), f.log.Opened()[1].Params.Config["transactional.id"])
		require.Len(f.t, found[event.ProducerError](f), 1)
		require.Equal(f.t, []string{"1", "2"}, f.records())
	})
}
