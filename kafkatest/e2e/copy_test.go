package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

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
	protocol      protocol      // of the group; cooperative unless set
	plain         bool          // without transactions
	twins         bool          // all have one transaction-instance
	handler       time.Duration // how long each record takes; 300 µs unless set
	brokerEvery   time.Duration // a broker is killed; 0 for never
	mostBrokers   int           // 0 for no limit
	txTimeout     time.Duration // of a transaction; the default unless set
	workers       int           // with key ordering; 0 for one, and ordering by partition
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
	if c.protocol.name == "" {
		c.protocol = protocols[0]
	}
	r.j = job{
		Brokers: b.Brokers(), Topic: b.NewTopic("in", copyParts), Copy: r.out, Group: b.Unique("copy"), Mode: "batch",
		Log: filepath.Join(t.TempDir(), "copy.log"), Handler: cmp.Or(c.handler, 300*time.Microsecond),
		Settings: c.protocol.settings(),
	}
	if !c.plain {
		r.j.Settings["kafka.listener.transaction-id-prefix"] = b.Unique("copy")
	}
	if c.workers > 0 {
		r.j.Settings["kafka.listener.ordering"], r.j.Settings["kafka.listener.workers"] = "key", c.workers
	}
	if c.txTimeout > 0 {
		r.j.Settings["kafka.listener.transaction-timeout"] = c.txTimeout.String()
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

// feed writes the input at a steady pace, from a goroutine, and closes what it
// returns when all is written, or when something could not be: see deliver.
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
			batch := make([]*kgo.Record, 0, due-n)
			for ; n < due; n++ {
				key := fmt.Sprint(n % r.keys)
				batch = append(batch, &kgo.Record{Topic: r.j.Topic, Key: []byte(key), Value: []byte(fmt.Sprint(key, ":", n))})
			}
			if deliver(r.t, r.b, batch...) != nil || n == r.records {
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

// run copies, while brokers of c are killed unless it is nil, and returns how the copy differs.
func (r *copyRun) run(c *trio) verdict {
	r.t.Helper()
	r.b.WaitMembers(r.j.Group, r.processes)
	waitAssigned(r.t, r.b, r.j.Group, copyParts)
	began := time.Now()
	fed := r.feed()
	var brokers sync.WaitGroup
	copied := make(chan struct{})
	calm := sync.OnceFunc(func() { close(copied); brokers.Wait() })
	defer calm() // also where the test ends before
	if r.brokerEvery > 0 {
		brokers.Go(func() { r.killBrokers(c, began, copied) })
	}
	r.strike()
	<-fed
	if r.t.Failed() { // what is not fed is not copied
		r.t.FailNow()
	}
	r.reach(r.records)
	calm()
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
	r.t.Logf("%d records in %s, %d processes and %d brokers killed: %d in the copy, and %d that were taken back; %d lost, %d twice, %d never sent, %d keys out of order; %s",
		len(in), took.Round(100*time.Millisecond), r.killed, r.brokers, len(out), r.written()-len(out),
		len(v.lost), len(v.twice), len(v.foreign), len(v.swapped), r.told())
	for _, w := range r.workers {
		require.NoError(r.t, w.term(r.t), "%s", tail(r.j.Log+".out", 20))
	}
	return v
}
