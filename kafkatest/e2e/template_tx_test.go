package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/template"
)

var errOnPurpose = errors.New("on purpose")

// values waits until a read-committed reader sees n records, and returns their
// values: the broker answers a commit before it has marked the partitions.
func values(b *kafkatest.Broker, topic string, n int) []string {
	var out []string
	for _, r := range b.WaitRecords(topic, n) {
		out = append(out, string(r.Value))
	}
	return out
}

// TestTemplateAllOrNothing: three sends with an error after the second one, in
// its variants, and the same without a prefix beside it.
func TestTemplateAllOrNothing(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, bare := b.NewTopic("tx", 3), b.NewTopic("bare", 1)
		tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tx")})
		three := func(ctx context.Context, topic string, by *template.Template, after2 func() error) error {
			for i := range 3 {
				if _, err := by.Send(ctx, topic, fmt.Sprint(i), fmt.Sprint(i)); err != nil {
					return err
				}
				if i == 1 {
					if err := after2(); err != nil {
						return err
					}
				}
			}
			return nil
		}
		fails := func() error { return errOnPurpose }
		err := tpl.InTransaction(t.Context(), func(ctx context.Context) error { return three(ctx, topic, tpl, fails) })
		require.Equal(t, errOnPurpose, err)
		require.PanicsWithValue(t, "on purpose", func() {
			_ = tpl.InTransaction(t.Context(), func(ctx context.Context) error {
				return three(ctx, topic, tpl, func() error { panic("on purpose") })
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		err = tpl.InTransaction(ctx, func(ctx context.Context) error {
			return three(ctx, topic, tpl, func() error { cancel(); return nil })
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, values(b, topic, 0), "a read-committed reader sees none of them")

		require.NoError(t, tpl.InTransaction(t.Context(), func(ctx context.Context) error {
			return three(ctx, topic, tpl, func() error { return nil })
		}))
		require.ElementsMatch(t, []string{"0", "1", "2"}, values(b, topic, 3))

		plain := newTemplate(t, b, template.Options{Name: "plain"})
		require.Equal(t, errOnPurpose, three(t.Context(), bare, plain, fails))
		require.Equal(t, []string{"0", "1"}, values(b, bare, 2), "without a transaction the first two stay")
	})
}

func TestTemplateAFailedRecordAborts(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("tx", 1)
		tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tx")})
		err := tpl.InTransaction(t.Context(), func(ctx context.Context) error {
			tpl.SendAsync(ctx, topic, "k", "small")
			tpl.SendAsync(ctx, topic, "k", make([]byte, 3_000_000))
			return nil
		})
		require.ErrorIs(t, err, template.ErrAborted)
		require.NoError(t, tpl.InTransaction(t.Context(), func(ctx context.Context) error {
			tpl.SendAsync(ctx, topic, "k", "next")
			return nil
		}))
		require.Equal(t, []string{"next"}, values(b, topic, 1))
	})
}

// arrival is how long an abort waits for what is on its way; then it throws it away.
const arrival = time.Second

// TestTemplateAbortsRightAfterASend: an abort neither costs the producer nor the
// next transaction, wherever the records of the one that failed are. None is thrown
// away before it had its second, nor, but for a few, where a second is plenty.
func TestTemplateAbortsRightAfterASend(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const transactions, most = 150, 400
		a := newAborter(t, b)
		for n := range transactions {
			records := 1 + (n*37)%most
			thrown, after := a.abort(n, records)
			require.NoError(t, a.send(n, 1, nil), "after abort %d", n)
			if !thrown {
				continue
			}
			require.GreaterOrEqual(t, after, arrival, "abort %d has thrown away some of %d sends", n, records)
			took := a.takes(n, records)
			t.Logf("abort %d has thrown away some of %d sends after %s; a commit of as many took %s", n, records, after, took)
			if took < arrival/4 { // it is not the machine that held them up
				a.wasted++
			}
		}
		require.Empty(t, a.faults)
		require.Less(t, a.wasted, transactions/10, "aborts that threw away what takes no time to arrive")
		got := values(b, a.topic, len(a.want))
		slices.Sort(got) // ElementsMatch compares each with each, and they are tens of thousands
		slices.Sort(a.want)
		require.Equal(t, a.want, got)
	})
}

// An aborter is a template whose transactions fail, and what its aborts have said.
type aborter struct {
	t      *testing.T
	tpl    *template.Template
	topic  string
	sent   time.Time // the last send of the running transaction
	thrown bool
	after  time.Duration // sent
	faults []error
	wasted int
	want   []string // the values that are committed
}

func newAborter(t *testing.T, b *kafkatest.Broker) *aborter {
	a := &aborter{t: t, topic: b.NewTopic("tx", 6)}
	a.tpl = newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tx"), Observe: func(ev event.Event) {
		switch e, ok := ev.(event.TransactionAborted); { // by InTransaction, before it returns
		case !ok || e.AbortErr == nil:
		case strings.Contains(e.AbortErr.Error(), "thrown away"):
			a.thrown, a.after = true, time.Since(a.sent)
		default:
			a.faults = append(a.faults, e.AbortErr)
		}
	}})
	return a
}

// abort ends a transaction right after its sends, and tells whether, and how long
// after the last one, some were thrown away.
func (a *aborter) abort(n, records int) (thrown bool, after time.Duration) {
	a.t.Helper()
	a.thrown = false
	require.ErrorIs(a.t, a.send(n, records, errOnPurpose), errOnPurpose)
	return a.thrown, a.after
}

// send ends a transaction with err.
func (a *aborter) send(n, records int, err error) error {
	return a.tpl.InTransaction(a.t.Context(), func(ctx context.Context) error {
		for r := range records {
			a.tpl.SendAsync(ctx, a.topic, fmt.Sprint(r), fmt.Sprint(n))
		}
		if err == nil {
			a.want = append(a.want, slices.Repeat([]string{fmt.Sprint(n)}, records)...)
		}
		a.sent = time.Now()
		return err
	})
}

// takes is how long so many sends need to arrive, and a commit more, where nobody aborts.
func (a *aborter) takes(n, records int) time.Duration {
	a.t.Helper()
	require.NoError(a.t, a.send(n, records, nil))
	return time.Since(a.sent)
}

// TestTemplateAbortsWhatDoesNotArrive: records that the client threw away cost the
// producer, not the next transaction.
func TestTemplateAbortsWhatDoesNotArrive(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic := b.NewTopic("tx", 1)
	var aborted log[error]
	tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tx"), Observe: func(ev event.Event) {
		if e, ok := ev.(event.TransactionAborted); ok {
			aborted.add(e.AbortErr)
		}
	}})
	var first sync.Once
	asked := make(chan struct{})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		first.Do(func() {
			b.Cluster().SleepControl(func() {
				close(asked)
				<-time.After(3 * time.Second)
			})
		})
		return nil, nil, false
	})
	err := tpl.InTransaction(t.Context(), func(ctx context.Context) error {
		tpl.SendAsync(ctx, topic, "k", "lost")
		<-asked
		for n := range 20 { // in more requests than may be under way
			tpl.SendAsync(ctx, topic, "k", fmt.Sprint("lost ", n))
			<-time.After(5 * time.Millisecond)
		}
		return errOnPurpose
	})
	require.ErrorIs(t, err, errOnPurpose)
	require.ErrorContains(t, aborted.wait(t, 1)[0], "thrown away")
	require.NoError(t, tpl.InTransaction(t.Context(), func(ctx context.Context) error {
		tpl.SendAsync(ctx, topic, "k", "next")
		return nil
	}))
	require.Equal(t, []string{"next"}, values(b, topic, 1))
}

// TestTemplateTransactionsAtOnce: sixteen goroutines, a third of their
// transactions aborted, no twin fenced.
func TestTemplateTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const workers, each, records = 16, 6, 10
		topic := b.NewTopic("tx", 3)
		tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tx"), MaxTransactions: 8})
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for n := range each {
					err := tpl.InTransaction(t.Context(), func(ctx context.Context) error {
						for r := range records {
							tpl.SendAsync(ctx, topic, fmt.Sprint(r), fmt.Sprintf("%d/%d/%d", w, n, r))
						}
						if n%3 == 0 {
							return errOnPurpose
						}
						return nil
					})
					if n%3 == 0 && !errors.Is(err, errOnPurpose) || n%3 != 0 && err != nil {
						t.Errorf("worker %d, transaction %d: %v", w, n, err)
					}
				}
			})
		}
		wg.Wait()
		count := map[string]int{}
		for _, v := range values(b, topic, workers*each*records*2/3) {
			count[v[:strings.LastIndex(v, "/")]]++
		}
		require.Len(t, count, workers*each*2/3)
		for transaction, n := range count {
			require.Equal(t, records, n, transaction)
		}
	})
}

// TestTemplateATwinIsFenced: a process elsewhere takes the transactional id over.
func TestTemplateATwinIsFenced(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, prefix := b.NewTopic("tx", 1), b.Unique("tx")
		tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: prefix, Instance: "stable"})
		err := tpl.InTransaction(t.Context(), func(ctx context.Context) error {
			if _, err := tpl.Send(ctx, topic, "k", "zombie"); err != nil {
				return err
			}
			twin(t, b, topic, prefix+"-stable-0")
			return nil
		})
		require.ErrorIs(t, err, template.ErrFenced)
		require.ErrorContains(t, err, prefix+"-stable-0")
		require.ErrorContains(t, err, "give each process an instance of its own")
		require.Equal(t, []string{"twin"}, values(b, topic, 1))

		require.NoError(t, tpl.InTransaction(t.Context(), func(ctx context.Context) error {
			_, err := tpl.Send(ctx, topic, "k", "back")
			return err
		}))
		require.Equal(t, []string{"twin", "back"}, values(b, topic, 2))
	})
}

// twin commits one record under somebody else's transactional id.
func twin(t testing.TB, b *kafkatest.Broker, topic, id string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Brokers()), kgo.TransactionalID(id), kgo.DefaultProduceTopic(topic))
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.BeginTransaction())
	require.NoError(t, c.ProduceSync(t.Context(), kgo.StringRecord("twin")).FirstErr())
	require.NoError(t, c.EndTransaction(t.Context(), kgo.TryCommit))
}

// TestTemplateTransactionsWithoutABroker: nobody hangs.
func TestTemplateTransactionsWithoutABroker(t *testing.T) {
	t.Parallel()
	tpl := newTemplate(t, nil, template.Options{BootstrapServers: "127.0.0.1:1", TransactionIDPrefix: "nobody", CloseTimeout: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := tpl.InTransaction(ctx, func(context.Context) error { return nil })
	require.ErrorContains(t, err, `init transactions "nobody-`)
	require.Less(t, time.Since(began), 3*time.Second)
	began = time.Now()
	_ = tpl.Close(context.Background())
	require.Less(t, time.Since(began), 5*time.Second)
}
