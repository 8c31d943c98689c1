package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/kafkatest"
)

// usage is what a process holds.
type usage struct{ Goroutines, Threads, Client, Files int }

// A remote is a subject, as the test that started it sees it.
type remote struct {
	t       *testing.T
	j       subjectJob
	cmd     *exec.Cmd
	orders  *json.Encoder
	answers chan answer
	done    chan struct{}
}

// newSubjectJob describes a subject on a topic of its own.
func newSubjectJob(t *testing.T, b *kafkatest.Broker, parts int) subjectJob {
	j := subjectJob{Brokers: b.Brokers(), Topic: b.NewTopic(chaosID, parts), Group: b.Unique(chaosID)}
	j.Log = filepath.Join(t.TempDir(), "calls.log")
	return j
}

func (j subjectJob) start(t *testing.T) *remote {
	t.Helper()
	spec, err := json.Marshal(j)
	require.NoError(t, err)
	s := &remote{t: t, j: j, cmd: exec.Command(os.Args[0]), answers: make(chan answer), done: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), envSubject+"="+string(spec))
	s.cmd.SysProcAttr = dieWithParent()
	errs, err := os.Create(j.Log + ".err")
	require.NoError(t, err)
	s.cmd.Stderr = errs
	in, err := s.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	s.orders = json.NewEncoder(in)
	go func() {
		defer close(s.done)
		defer errs.Close()
		defer close(s.answers)
		for d := json.NewDecoder(out); ; {
			var a answer
			if d.Decode(&a) != nil {
				_ = s.cmd.Wait()
				return
			}
			s.answers <- a
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		s.end()
		if t.Failed() {
			t.Log("\n" + tail(j.Log+".err", 400))
		}
	})
	return s
}

// end ends the process, which has nothing more to say.
func (s *remote) end() {
	_ = s.cmd.Process.Kill()
	for range s.answers { // what nobody waits for any more
		continue
	}
	<-s.done
}

// try gives an order and waits for the answer, within d. A subject that does
// not answer is asked where all its goroutines are.
func (s *remote) try(o order, d time.Duration) answer {
	s.t.Helper()
	s.send(o)
	return s.receive(o, d)
}

func (s *remote) send(o order) {
	s.t.Helper()
	require.NoError(s.t, s.orders.Encode(o))
}

func (s *remote) receive(o order, d time.Duration) answer {
	s.t.Helper()
	select {
	case a, ok := <-s.answers:
		require.True(s.t, ok, "the subject ended at %+v", o)
		return a
	case <-time.After(d):
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.done:
	case <-time.After(5 * time.Second):
	}
	s.t.Fatalf("no answer to %+v within %s: its goroutines are below", o, d)
	return answer{}
}

// must is try for an order that has to succeed.
func (s *remote) must(o order) answer {
	s.t.Helper()
	a := s.try(o, o.For+patience+10*time.Second)
	require.Empty(s.t, a.Err, "%+v", o)
	require.Empty(s.t, a.Faults, "%+v", o)
	return a
}

// warmUp starts and stops the service once: what a process sets up a single
// time is there afterwards. It returns what the subject holds then.
func (s *remote) warmUp(b *kafkatest.Broker) usage {
	s.t.Helper()
	kafkatest.ProduceValues(b, s.j.Topic, numbers(16)...)
	s.must(order{Do: "start"})
	b.WaitDone(s.j.Group, s.j.Topic)
	return s.must(order{Do: "stop"}).Usage
}

// leaksNothing stops the subject and compares what it holds with before. Go's
// own threads are kept for ever; more of them than most is still a leak.
func (s *remote) leaksNothing(before usage, most int) {
	s.t.Helper()
	after := s.must(order{Do: "stop"}).Usage
	s.t.Logf("held before %+v, after %+v", before, after)
	require.Zero(s.t, after.Client, "threads of the client")
	require.LessOrEqual(s.t, after.Goroutines, before.Goroutines)
	require.LessOrEqual(s.t, after.Threads, before.Threads+most, "threads")
	require.LessOrEqual(s.t, after.Files, before.Files, "descriptors")
}

// A flood writes records at a pace until it is stopped.
type flood struct {
	stop     func()
	produced atomic.Int64
	gap      atomic.Int64 // ns: the longest without a record
}

// pourOut writes perSecond records to the partitions of a topic by turns: they have
// no key, so that each partition gets as many. Where they are not acknowledged it
// ends, and the test has failed.
func pourOut(t *testing.T, b *kafkatest.Broker, topic string, perSecond int) *flood {
	end, done := make(chan struct{}), make(chan struct{})
	f := new(flood)
	f.stop = sync.OnceFunc(func() { close(end); <-done })
	t.Cleanup(f.stop)
	const pause = 20 * time.Millisecond
	records := make([]*kgo.Record, perSecond/int(time.Second/pause))
	go func() {
		defer close(done)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		last := time.Now()
		for {
			n := f.produced.Load()
			for i := range records {
				records[i] = &kgo.Record{Topic: topic, Value: fmt.Append(nil, n+int64(i))}
			}
			if deliver(t, b, records...) != nil {
				return
			}
			f.produced.Add(int64(len(records)))
			f.gap.Store(max(f.gap.Load(), int64(time.Since(last))))
			last = time.Now()
			select {
			case <-end:
				return
			case <-tick.C:
			}
		}
	}()
	return f
}
