package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/kafkatest"
)

// A copying is what TestBrokersKilled and TestExactlyOnceKill do: processes
// copy a topic under a transactional factory while it is written, and are killed.
type copying struct {
	records, keys int
	over          time.Duration // that the input comes in; 0 for at once
	processes     int
	kills         int           // of each process
	frozen        time.Duration // how long each process stands still once; 0 for never
	plain         bool          // without transactions
	twins         bool          // all have one transaction-instance
	handler       time.Duration // how long each record takes; 300 µs unless set
	brokerEvery   time.Duration // a broker is killed; 0 for never
	mostBrokers   int           // 0 for no limit
}

// long is the form of it that `make kill-test` runs: a killing of n of each process.
func (c copying) long(n int) copying {
	c.records, c.keys, c.kills, c.frozen = 200_000, 1000, n, 12*time.Second
	c.over = max(time.Minute, time.Duration(n)*12*time.Second)
	return c
}

const copyParts = 6

// A copyRun is one run of it.
type copyRun struct {
	copying
	t       *testing.T
	b       *kafkatest.Broker
	j       job
	out     string
	random  *rand.Rand
	workers []*process
	killed  int // processes
	brokers int // killed ones
}

func newCopyRun(t *testing.T, b *kafkatest.Broker, c copying) *copyRun {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := &copyRun{copying: c, t: t, b: b, random: rand.New(rand.NewPCG(seed, 0)), out: b.NewTopic("out", copyParts)}
	r.j = job{
		Brokers: b.Brokers(), Topic: b.NewTopic("in", copyParts), Copy: r.out, Group: b.Unique("copy"), Mode: "batch",
		Log: filepath.Join(t.TempDir(), "copy.log"), Handler: cmp.Or(c.handler, 300*time.Microsecond),
		Settings: map[string]any{
			propertiesKey: map[string]any{"session.timeout.ms": "6000", "heartbeat.interval.ms": "500", "fetch.wait.max.ms": "50"},
		},
	}
	if !c.plain {
		r.j.Settings["kafka.listener.transaction-id-prefix"] = b.Unique("copy")
	}
	for i := range c.processes {
		r.workers = append(r.workers, r.start(i))
	}
	return r
}

// start starts process i. All but the last have an instance id that outlives
// them: what they leave open is ended by their successor, and what the last
// one leaves open by the transaction's timeout.
func (r *copyRun) start(i int) *process {
	j := r.j
	j.Settings = maps.Clone(j.Settings)
	switch {
	case r.plain:
	case r.twins:
		j.Settings["kafka.listener.transaction-instance"] = twinInstance
	case i < r.processes-1:
		j.Settings["kafka.listener.transaction-instance"] = fmt.Sprint("pod-", i)
	}
	return j.start(r.t)
}

// feed writes the input at a steady pace, from a goroutine.
func (r *copyRun) feed() <-chan struct{} {
	const pace = 100 * time.Millisecond
	done, stop := make(chan struct{}), make(chan struct{})
	r.t.Cleanup(func() { close(stop); <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n, began := 0, time.Now(); n < r.records; {
			due := r.records
			if r.over > 0 {
				due = min(due, int(float64(due)*float64(time.Since(began)+pace)/float64(r.over)))
			}
			batch := make([]kafkatest.Record, 0, due-n)
			for ; n < due; n++ {
				key := fmt.Sprint(n % r.keys)
				batch = append(batch, kafkatest.KV(key, fmt.Sprint(key, ":", n)))
			}
			r.b.Produce(r.j.Topic, batch...)
			if n == r.records {
				return
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return done
}

// A blow is what happens to a process when a number of records is done.
type blow struct {
	process, after int
	freeze         bool
}

// blows are those of a run: to each process, each time when a random number of
// records has been done.
func (r *copyRun) blows() (all []blow) {
	for i := range r.processes {
		for range r.kills {
			all = append(all, blow{i, 0, false})
		}
		if r.frozen > 0 {
			all = append(all, blow{i, 0, true})
		}
	}
	for i := range all {
		all[i].after = r.records/20 + r.random.IntN(r.records*8/10)
	}
	slices.SortFunc(all, func(a, b blow) int { return a.after - b.after })
	return all
}

// strike carries the blows out: a killed process is started again, one that
// stood still goes on as if it had noticed nothing.
func (r *copyRun) strike() {
	r.t.Helper()
	var at []string
	for _, blow := range r.blows() {
		done := r.reach(blow.after)
		i := blow.process
		require.True(r.t, r.workers[i].alive(), "%s", tail(r.j.Log+".out", 20))
		if blow.freeze {
			r.workers[i].signal(r.t, syscall.SIGSTOP)
			<-time.After(r.frozen)
			r.workers[i].signal(r.t, syscall.SIGCONT)
			at = append(at, fmt.Sprint(i, " frozen at ", done))
			continue
		}
		r.workers[i].kill()
		r.workers[i] = r.start(i)
		r.killed++
		at = append(at, fmt.Sprint(i, " killed at ", done))
	}
	r.t.Logf("process, and records done: %v", strings.Join(at, ", "))
}

// reach waits until n records are done, and returns how many are.
func (r *copyRun) reach(n int) (done int) {
	r.t.Helper()
	kafkatest.Eventually(r.t, r.over+3*time.Minute, fmt.Sprintf("%d records are done", n), func() (bool, string) {
		done = r.progress()
		return done >= n, fmt.Sprintf("%d are\n%s", done, tail(r.j.Log+".out", 10))
	})
	return done
}

// progress is how many records the group has committed, 0 where nobody answers.
func (r *copyRun) progress() (done int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	offsets, err := kadm.NewClient(r.b.Client()).FetchOffsets(ctx, r.j.Group)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.OffsetResponse) { done += int(max(o.At, 0)) })
	return done
}

// run copies, while brokers of c are killed unless it is nil, and returns how the copy differs.
func (r *copyRun) run(c *trio) verdict {
	r.t.Helper()
	r.b.WaitMembers(r.j.Group, r.processes)
	waitAssigned(r.t, r.b, r.j.Group, copyParts)
	began := time.Now()
	fed := r.feed()
	var brokers sync.WaitGroup
	copied := make(chan struct{})
	if r.brokerEvery > 0 {
		brokers.Go(func() { r.killBrokers(c, began, copied) })
	}
	r.strike()
	<-fed
	r.reach(r.records)
	close(copied)
	brokers.Wait()
	return r.end(began)
}

// end waits until all is copied, and judges.
func (r *copyRun) end(began time.Time) verdict {
	r.t.Helper()
	r.j.waitDone(r.t, r.b)
	took := time.Since(began)
	in := r.b.Records(r.j.Topic)
	require.Len(r.t, in, r.records)
	r.decided()
	out := r.b.Records(r.out)
	v := judge(in, out)
	r.t.Logf("%d records in %s, %d processes and %d brokers killed: %d in the copy; %d lost, %d twice, %d never sent, %d keys out of order; %s",
		len(in), took.Round(100*time.Millisecond), r.killed, r.brokers, len(out), len(v.lost), len(v.twice), len(v.foreign), len(v.swapped), r.told())
	for _, w := range r.workers {
		require.NoError(r.t, w.term(r.t), "%s", tail(r.j.Log+".out", 20))
	}
	return v
}

// decided waits until no transaction is open: the last one's marker may come
// later than its answer, and what a killed process has left open ends by its timeout.
func (r *copyRun) decided() {
	r.t.Helper()
	admin := kadm.NewClient(r.b.Client())
	eventually(r.t, "no transaction is open", func() (bool, string) {
		stable, err := admin.ListCommittedOffsets(context.Background(), r.out)
		ends, errEnds := admin.ListEndOffsets(context.Background(), r.out)
		if err = errors.Join(err, errEnds, stable.Error(), ends.Error()); err != nil {
			return false, err.Error()
		}
		open := ""
		ends.Each(func(end kadm.ListedOffset) {
			if at, _ := stable.Lookup(r.out, end.Partition); at.Offset != end.Offset {
				open += fmt.Sprintf("[%d] is decided up to %d of %d ", end.Partition, at.Offset, end.Offset)
			}
		})
		return open == "", open
	})
}

// told counts what the processes have reported.
func (r *copyRun) told() string {
	text, err := os.ReadFile(r.j.Log + ".out")
	require.NoError(r.t, err)
	var counts []string
	for _, ev := range []string{"TransactionAborted", "TransactionIndeterminate", "ProducerRebuilt", "Lost", "ConsumerFailed"} {
		counts = append(counts, fmt.Sprintf("%d× %s", strings.Count(string(text), "event."+ev+" "), ev))
	}
	return strings.Join(counts, ", ")
}

// killBrokers kills one broker after the other until stop is closed, each when
// all three are whole again; then it leaves them whole.
func (r *copyRun) killBrokers(c *trio, began time.Time, stop <-chan struct{}) {
	last := 1 + int(began.UnixNano()%3)
	for r.brokers = 0; r.mostBrokers == 0 || r.brokers < r.mostBrokers; r.brokers++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Until(began.Add(r.brokerEvery/2 + time.Duration(r.brokers)*r.brokerEvery))):
		}
		last = 1 + last%3
		if err := c.Kill(last); err != nil {
			r.t.Error(err)
			return
		}
		<-time.After(r.brokerEvery / 4)
		c.back(last)
		c.whole(r.out)
		c.whole(r.j.Topic)
	}
}
