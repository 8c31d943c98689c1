package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

const twinInstance = "pod-0"

// sendAsTwin sends pairs in transactions, one after the other, until ctx ends or
// a transaction fails.
func (j job) sendAsTwin(ctx context.Context) error {
	tpl, err := template.New(template.Options{BootstrapServers: j.Brokers, TransactionIDPrefix: j.Twin, Instance: twinInstance})
	if err != nil {
		return err
	}
	defer func() { _ = tpl.Close(context.Background()) }()
	for n := 0; ; n++ {
		err := tpl.InTransaction(context.Background(), func(ctx context.Context) error {
			for _, half := range []string{"a", "b"} {
				tpl.SendAsync(ctx, j.Topic, "k", fmt.Sprint(os.Getpid(), "/", n, half))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%d: %w", os.Getpid(), err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(j.Handler):
		}
	}
}

// TestATwinProcessIsFenced: a second process with the ids of the first one
// takes them over; the first one's next transaction fails, and says whose id it
// is and what to do. What either committed is whole.
func TestATwinProcessIsFenced(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	j := job{
		Brokers: b.Brokers(), Topic: b.NewTopic("twin", 1), Twin: b.Unique("twin"), Handler: 20 * time.Millisecond,
		Log: filepath.Join(t.TempDir(), "twin"),
	}
	first := j.start(t)
	b.WaitRecords(j.Topic, 10)
	second := j.start(t)
	select {
	case <-first.done:
	case <-time.After(patience):
		t.Fatal("the first twin works on")
	}
	require.Error(t, first.err)
	said := tail(j.Log+".out", 20)
	require.Contains(t, said, fmt.Sprint(first.pid(), ": "), "who fails is the first one")
	require.Contains(t, said, template.ErrFenced.Error())
	require.Contains(t, said, fmt.Sprintf("%q", j.Twin+"-"+twinInstance+"-0"))
	require.Contains(t, said, "give each process an instance of its own")
	t.Log(said)

	by := func(pid int, rs []listener.RawRecord) (n int) {
		for _, r := range rs {
			if strings.HasPrefix(string(r.Value), fmt.Sprint(pid, "/")) {
				n++
			}
		}
		return n
	}
	eventually(t, "the second one goes on", func() (bool, string) {
		n := by(second.pid(), b.Records(j.Topic))
		return n >= 10, fmt.Sprintf("%d of its records are there\n%s", n, tail(j.Log+".out", 10))
	})
	require.NoError(t, second.term(t), "%s", tail(j.Log+".out", 20))
	seen, taken := map[string]int{}, false
	for _, r := range b.Records(j.Topic) {
		pair := strings.TrimRight(string(r.Value), "ab")
		seen[pair]++
		theirs := strings.HasPrefix(pair, fmt.Sprint(second.pid(), "/"))
		require.False(t, taken && !theirs, "%s is there after the other one has taken over", r.Value)
		taken = theirs
	}
	for pair, n := range seen {
		require.Equal(t, 2, n, "transaction %s", pair)
	}
}

// TestTwinListenersCopyExactly: two processes of one group with one instance
// fence each other without an end. That is slow and said clearly, and the copy is exact.
func TestTwinListenersCopyExactly(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	r := newCopyRun(t, b, copying{records: 2000, keys: 50, over: 4 * time.Second, processes: 2, twins: true})
	require.Empty(t, r.run(nil).faults(), "%s", tail(r.j.Log+".out", 60))
	text, err := os.ReadFile(r.j.Log + ".out")
	require.NoError(t, err)
	require.Contains(t, string(text), "another process uses the transactional id")
	require.Contains(t, string(text), "give each one a transaction-instance of its own")
}
