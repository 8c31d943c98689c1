package template_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

func TestATransactionCommitsAllOrNothing(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		ctx := f.t.Context()
		err := f.InTransaction(ctx, func(ctx context.Context) error {
			f.send(ctx, "1")
			f.send(ctx, "2")
			require.Empty(f.t, f.records(), "nothing is visible before the commit")
			return errBoom
		})
		require.Equal(f.t, errBoom, err, "unchanged")
		require.NoError(f.t, f.InTransaction(ctx, func(ctx context.Context) error {
			f.send(ctx, "3")
			f.SendAsync(ctx, "orders", "k", "4")
			return nil
		}))
		require.Equal(f.t, []string{"3", "4"}, f.records())
		aborted := found[event.TransactionAborted](f)
		require.Len(f.t, aborted, 1)
		require.Equal(f.t, f.id("0"), aborted[0].ID)
		require.Len(f.t, f.log.Opened(), 1, "one producer serves both")
	})
}

func TestAPanicAborts(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		require.PanicsWithValue(f.t, "boom", func() {
			_ = f.InTransaction(f.t.Context(), func(ctx context.Context) error {
				f.send(ctx, "1")
				panic("boom")
			})
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = f.InTransaction(f.t.Context(), func(ctx context.Context) error {
				f.send(ctx, "2")
				runtime.Goexit()
				return nil
			})
		}()
		<-done
		require.Len(f.t, found[event.TransactionAborted](f), 2)
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			f.send(ctx, "3")
			return nil
		}))
		require.Equal(f.t, []string{"3"}, f.records())
	})
}

func TestWhatElseAborts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fn   func(f *fixture, ctx context.Context, cancel context.CancelFunc)
		is   error
	}{
		{"an ignored delivery", func(f *fixture, ctx context.Context, _ context.CancelFunc) {
			f.log.Fail("deliver", errBoom)
			_, _ = f.Send(ctx, "orders", "k", "v")
		}, errBoom},
		{"an ignored asynchronous one", func(f *fixture, ctx context.Context, _ context.CancelFunc) {
			f.log.Fail("deliver", errBoom)
			f.SendAsync(ctx, "orders", "k", "v")
		}, errBoom},
		{"an ignored encoding", func(f *fixture, ctx context.Context, _ context.CancelFunc) {
			_, _ = f.Send(ctx, "orders", "k", func() {})
		}, nil},
		{"a bad topic", func(f *fixture, ctx context.Context, _ context.CancelFunc) {
			_, _ = f.Send(ctx, "?", "k", "v")
		}, nil},
		{"the context", func(f *fixture, _ context.Context, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"the client", func(f *fixture, _ context.Context, _ context.CancelFunc) {
			f.log.Fail("commit", brokertest.Abortable("topic authorization failed"))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run(t, template.Options{TransactionIDPrefix: "tx", Instance: "what-else-" + tt.name}, func(f *fixture) {
				ctx, cancel := context.WithCancel(f.t.Context())
				defer cancel()
				err := f.InTransaction(ctx, func(ctx context.Context) error {
					f.send(ctx, "1")
					tt.fn(f, ctx, cancel)
					return nil
				})
				require.ErrorIs(f.t, err, template.ErrAborted)
				if tt.is != nil {
					require.ErrorIs(f.t, err, tt.is)
				}
				require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
					f.send(ctx, "2")
					return nil
				}))
				require.Equal(f.t, []string{"2"}, f.records())
			})
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		_, err := f.Send(f.t.Context(), "orders", "k", "v")
		require.ErrorIs(f.t, err, template.ErrNoTransaction)
		for _, remedy := range []string{"InTransaction", "template.Transactional", "transactional factory", "allow-non-transactional"} {
			require.ErrorContains(f.t, err, remedy)
		}
		var late context.Context
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			late = ctx
			require.ErrorIs(f.t, f.InTransaction(ctx, func(context.Context) error { return nil }), template.ErrNestedTransaction)
			_, err := f.Send(listener.WithTx(ctx, nil), "orders", "k", "outer")
			require.ErrorIs(f.t, err, template.ErrNoTransaction)
			return nil
		}), "neither is a send of the transaction")
		_, err = f.Send(late, "orders", "k", "late")
		require.ErrorIs(f.t, err, template.ErrNoTransaction)
		require.ErrorContains(f.t, err, "has ended")
		require.Empty(f.t, f.records())
	})
	run(t, template.Options{}, func(f *fixture) {
		err := f.InTransaction(f.t.Context(), func(context.Context) error { return nil })
		require.ErrorIs(f.t, err, template.ErrNotTransactional)
		require.ErrorContains(f.t, err, "transaction-id-prefix")
	})
}

func TestAllowNonTransactional(t *testing.T) {
	t.Parallel()
	run(t, template.Options{TransactionIDPrefix: "tx", AllowNonTransactional: true}, func(f *fixture) {
		require.Equal(f.t, errBoom, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			f.send(ctx, "inside")
			f.send(listener.WithTx(ctx, nil), "outside")
			return errBoom
		}))
		require.Equal(f.t, []string{"outside"}, f.records())
	})
}

// TestOtherTemplatesJoin: the transaction is the context's, not the template's.
func TestOtherTemplatesJoin(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		plain, err := template.NewWith(template.Options{Name: "plain"}, f.log.Open)
		require.NoError(f.t, err)
		far, err := template.NewWith(template.Options{Name: "far", BootstrapServers: "elsewhere:9092"}, f.log.Open)
		require.NoError(f.t, err)
		require.Equal(f.t, errBoom, f.InTransaction(f.t.Context(), func(ctx context.Context) error {
			_, err := plain.Send(ctx, "orders", "k", "v")
			require.NoError(f.t, err)
			_, err = listener.Publish(ctx, listener.TxFrom(ctx), listener.Outgoing{Topic: "orders"})
			require.NoError(f.t, err)
			_, err = far.Send(ctx, "orders", "k", "v")
			require.ErrorContains(f.t, err, "elsewhere:9092")
			return errBoom
		}))
		require.Empty(f.t, f.records())
		require.NoError(f.t, plain.Close(f.t.Context()))
		require.NoError(f.t, far.Close(f.t.Context()))
	})
}

func TestManyTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	run(t, template.Options{TransactionIDPrefix: "tx", MaxTransactions: 3}, func(f *fixture) {
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for j := range 10 {
					err := f.InTransaction(f.t.Context(), func(ctx context.Context) error {
						f.send(ctx, fmt.Sprintf("%d-%d", i, j))
						if (i+j)%3 == 0 {
							return errBoom
						}
						return nil
					})
					if (i+j)%3 != 0 && err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		require.Len(f.t, f.records(), 106)
		require.LessOrEqual(f.t, len(f.log.Opened()), 3)
		require.Empty(f.t, found[event.ProducerRebuilt](f))
	})
}

func TestWhoWaitsForATransactionGoesWithItsContext(t *testing.T) {
	t.Parallel()
	run(t, template.Options{TransactionIDPrefix: "tx", MaxTransactions: 1}, func(f *fixture) {
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(context.Context) error {
			ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
			defer cancel()
			err := f.InTransaction(ctx, func(context.Context) error { return nil })
			require.ErrorIs(f.t, err, context.DeadlineExceeded)
			require.ErrorContains(f.t, err, "all 1 transactions")
			return nil
		}))
		require.NoError(f.t, f.InTransaction(f.t.Context(), func(context.Context) error { return nil }))
	})
}

func TestTwoTemplatesWithOneID(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		o := template.Options{Name: "twin", TransactionIDPrefix: "tx-" + f.t.Name()[:4], Instance: f.t.Name()[5:]}
		_, err := template.NewWith(template.Options{Name: "twin", TransactionIDPrefix: "tx", Instance: f.t.Name()}, f.log.Open)
		require.ErrorContains(f.t, err, `belong to the live template "default"`)
		require.NoError(f.t, f.Close(f.t.Context()))
		o.TransactionIDPrefix, o.Instance = "tx", f.t.Name()
		twin, err := template.NewWith(o, f.log.Open)
		require.NoError(f.t, err, "a closed template has no ids")
		require.NoError(f.t, twin.Close(f.t.Context()))
	})
}

func TestTransactionalHandler(t *testing.T) {
	t.Parallel()
	run(t, transactional(), func(f *fixture) {
		var answer error
		h := listener.Chain(func(ctx context.Context, _ *listener.Delivery) error {
			f.send(ctx, "v")
			return answer
		}, template.Transactional(f.Template))
		answer = errBoom
		require.Equal(f.t, errBoom, h(f.t.Context(), &listener.Delivery{}))
		answer = nil
		require.NoError(f.t, h(f.t.Context(), &listener.Delivery{}))
		require.Equal(f.t, []string{"v"}, f.records())
	})
}

// A foreignTx is a transaction that another package runs.
type foreignTx struct {
	failed error
	got    []listener.Outgoing
}

func (x *foreignTx) ID() string      { return "foreign" }
func (x *foreignTx) Cluster() string { return "localhost:9092" }
func (x *foreignTx) Fail(err error)  { x.failed = err }
func (x *foreignTx) Publish(_ context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	x.got = append(x.got, r)
	done(listener.Sent{Topic: r.Topic, Partition: 3, Offset: 7, Timestamp: time.UnixMilli(5)}, nil)
}

func TestSendsJoinAForeignTransaction(t *testing.T) {
	t.Parallel()
	run(t, template.Options{}, func(f *fixture) {
		x := &foreignTx{}
		ctx := listener.WithTx(f.t.Context(), x)
		sent, err := f.Send(ctx, "orders", "k", "v")
		require.NoError(f.t, err)
		require.Equal(f.t, template.Sent{Topic: "orders", Partition: 3, Offset: 7, Timestamp: time.UnixMilli(5)}, sent)
		require.Len(f.t, x.got, 1)
		_, err = f.Send(ctx, "orders", "k", func() {})
		require.Equal(f.t, err, x.failed)
		require.ErrorIs(f.t, f.InTransaction(ctx, func(context.Context) error { return nil }), template.ErrNotTransactional)
	})
}
