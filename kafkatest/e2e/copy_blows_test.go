package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/kafkatest"
)

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

// maxLate is more than a transaction takes.
const maxLate = 300 * time.Millisecond

// strike carries the blows out: a killed process is started again, one that
// stood still goes on as if it had noticed nothing.
func (r *copyRun) strike() {
	r.t.Helper()
	var at []string
	for _, blow := range r.blows() {
		done := r.reach(blow.after)
		i := blow.process
		<-time.After(time.Duration(r.random.Int64N(int64(maxLate)))) // not always soon after a commit
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
	kafkatest.Eventually(r.t, r.over+10*time.Minute, fmt.Sprintf("%d records are done", n), func() (bool, string) {
		if r.t.Failed() { // the load has ended, or a broker did not come back: n may never be reached
			r.t.FailNow()
		}
		done = r.progress()
		return done >= n, fmt.Sprintf("%d are\n%s", done, tail(r.j.Log+".out", 10))
	})
	return done
}

// progress is how many records the group has committed, 0 where nobody answers.
func (r *copyRun) progress() int { return settledBy(r.b, r.j.Group) }

// settledBy is how many records a group has committed, 0 where nobody answers: for
// any goroutine, as Committed, which fails the test, is not.
func settledBy(b *kafkatest.Broker, group string) (done int) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	offsets, err := kadm.NewClient(b.Client()).FetchOffsets(ctx, group)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.OffsetResponse) { done += int(max(o.At, 0)) })
	return done
}

// killBrokers kills one broker after the other until stop is closed, each when
// all three have been whole for half of the time between two; it leaves them whole.
func (r *copyRun) killBrokers(c *trio, began time.Time, stop <-chan struct{}) {
	last := 1 + int(began.UnixNano()%3)
	next := began.Add(r.brokerEvery / 2)
	for r.brokers = 0; r.mostBrokers == 0 || r.brokers < r.mostBrokers; r.brokers++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Until(next)):
		}
		next = time.Now().Add(r.brokerEvery)
		last = 1 + last%3
		if err := c.Kill(last); err != nil {
			r.t.Error(err)
			return
		}
		<-time.After(r.brokerEvery / 4)
		c.back(last)
		c.whole(r.out)
		c.whole(r.j.Topic)
		if rest := time.Now().Add(r.brokerEvery / 2); rest.After(next) {
			next = rest // a busy machine takes long for a restart: half of the time all are there
		}
	}
}
