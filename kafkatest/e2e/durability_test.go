package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// An outcome is what was reported of one send: nothing yet, delivered, or failed.
type outcome struct {
	reported bool
	offset   int64
	err      error
	took     time.Duration // from the acceptance of the send to its report
	starved  time.Duration // how much of that this process could not run
}

// A campaign is a series of sends by one template to one partition: "name/i".
type campaign struct {
	name     string
	deadline time.Duration // the template's delivery timeout
	tpl      *template.Template
	topic    string

	hunger *hunger

	mu    sync.Mutex
	sends []outcome
	began []moment
	good  atomic.Int64 // reported as delivered
}

func newCampaign(t *testing.T, c *trio, topic, name string, acks template.Acks, deadline time.Duration) *campaign {
	t.Helper()
	tpl := newTemplate(t, c.b, template.Options{
		Name: name, Acks: acks, DeliveryTimeout: deadline,
		Properties: map[string]string{"topic.metadata.refresh.fast.interval.ms": "50", "reconnect.backoff.max.ms": "500"},
	})
	return &campaign{name: name, deadline: deadline, tpl: tpl, topic: topic, hunger: watchHunger(t)}
}

// send sends the next n records.
func (k *campaign) send(ctx context.Context, n int) {
	for range n {
		k.mu.Lock()
		i := len(k.sends)
		k.sends = append(k.sends, outcome{offset: -1})
		k.began = append(k.began, k.hunger.now())
		k.mu.Unlock()
		f := k.tpl.SendAsync(ctx, k.topic, "", k.value(i))
		k.mu.Lock()
		k.began[i] = k.hunger.now() // it may have waited for room: the deadline is the client's
		k.mu.Unlock()
		f.OnDone(func(sent template.Sent, err error) { k.report(i, sent, err) })
	}
}

func (k *campaign) value(i int) string { return k.name + "/" + strconv.Itoa(i) }

func (k *campaign) report(i int, sent template.Sent, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o := &k.sends[i]
	o.reported, o.err = true, err
	o.took, o.starved = k.began[i].until(k.hunger.now())
	if err == nil {
		o.offset = sent.Offset
		k.good.Add(1)
	}
}

// settle waits until everything is reported.
func (k *campaign) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), k.deadline+patience)
	defer cancel()
	require.NoError(t, k.tpl.Flush(ctx))
}

const (
	// lateness is what a report may come after its deadline, while this process
	// runs: the client looks at its deadlines once a second.
	lateness = 4 * time.Second
	// ample is the deadline of sends that have the time for any outage.
	ample = 10 * time.Minute
)

// faults compares what was reported with the log of the partition: what was
// reported as delivered is there, where it was reported, and once; what failed
// said so in time, and what is said not to be written is not.
func (k *campaign) faults(log []listener.RawRecord) (faults []string) {
	at, times := map[string]int64{}, map[string]int{}
	for _, r := range log {
		at[string(r.Value)] = r.Offset
		times[string(r.Value)]++
	}
	fault := func(i int, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s: %s", k.value(i), fmt.Sprintf(format, args...)))
	}
	for i, o := range k.sends {
		n := times[k.value(i)]
		switch {
		case !o.reported:
			fault(i, "nothing was reported")
		case o.took-o.starved > k.deadline+lateness:
			fault(i, "reported %s after it was accepted (%s without a processor), with a deadline of %s", o.took, o.starved, k.deadline)
		case o.err == nil && n == 0:
			fault(i, "reported as delivered, and not in the log")
		case o.err == nil && n > 1:
			fault(i, "%d times in the log", n)
		case o.err == nil && o.offset >= 0 && at[k.value(i)] != o.offset:
			fault(i, "reported at %d, and is at %d", o.offset, at[k.value(i)])
		case o.err != nil && n > 0 && !errors.Is(o.err, template.ErrUnknownOutcome):
			fault(i, "said not to be written, and is: %v", o.err)
		}
	}
	return faults
}

// lost counts the records that were reported as delivered and are not in the log.
func (k *campaign) lost(log []listener.RawRecord) (n int) {
	there := map[string]bool{}
	for _, r := range log {
		there[string(r.Value)] = true
	}
	for i, o := range k.sends {
		if o.reported && o.err == nil && !there[k.value(i)] {
			n++
		}
	}
	return n
}

// figures are what is said of a campaign.
func (k *campaign) figures(log []listener.RawRecord) string {
	var failed int
	var worst outcome
	for _, o := range k.sends {
		if o.took > worst.took {
			worst = o
		}
		if o.err != nil {
			failed++
		}
	}
	return fmt.Sprintf("%s: %d sends, %d reported as delivered, %d of these lost, %d failed, the latest report after %s (deadline %s, %s without a processor)",
		k.name, len(k.sends), k.good.Load(), k.lost(log), failed,
		worst.took.Round(time.Millisecond), k.deadline, worst.starved.Round(time.Millisecond))
}

// leaderKilled: the partition's leader is killed in the middle of the sends of
// a patient template, and of one whose deadline is shorter than the election,
// with acks=all: what was reported as delivered is there, once, and what failed
// said so in time. Another broker stands still until the hasty one's deadlines
// have passed, however busy the machine is: one of three elects nobody.
func (c *trio) leaderKilled(t *testing.T, sends int) {
	topic := c.b.NewTopic("durable", 1)
	leader := c.whole(topic)
	patient := newCampaign(t, c, topic, "patient", template.AcksAll, ample)
	hasty := newCampaign(t, c, topic, "hasty", template.AcksAll, 2*time.Second)
	began := time.Now()
	half, killed := make(chan struct{}, 2), make(chan struct{})
	send := func(k *campaign) (done func()) {
		var sender sync.WaitGroup
		sender.Go(func() {
			k.send(t.Context(), sends/2)
			half <- struct{}{}
			k.send(t.Context(), sends/4)
			<-killed
			k.send(t.Context(), sends-sends/2-sends/4)
		})
		return func() { sender.Wait(); k.settle(t) }
	}
	patientDone, hastyDone := send(patient), send(hasty)
	<-half
	still := c.others(leader)[0]
	err := errors.Join(c.Kill(leader), c.Freeze(still))
	close(killed)
	require.NoError(t, err)
	hastyDone()
	require.NoError(t, c.Thaw(still))
	patientDone()
	took := time.Since(began)
	log := c.b.Records(topic)
	for _, k := range []*campaign{patient, hasty} {
		t.Log(k.figures(log))
		require.Empty(t, head(k.faults(log)))
	}
	require.EqualValues(t, sends, patient.good.Load(), "nothing fails that has time")
	require.Less(t, hasty.good.Load(), int64(sends), "the deadline is shorter than the election")
	t.Logf("acks=all, the leader (%d) was killed: %d records in the log, all reported after %s", leader, len(log), took.Round(time.Millisecond))
	c.back(leader)
}

// followersFrozen: the followers stop, the leader goes on alone and is killed.
// What acks=1 and acks=0 reported meanwhile is lost, and the same checker says
// so; with acks=all nothing was reported meanwhile, and nothing is lost.
func (c *trio) followersFrozen(t *testing.T, sends int) {
	topic := c.b.NewTopic("frozen", 1)
	leader := c.whole(topic)
	all := newCampaign(t, c, topic, "all", template.AcksAll, ample)
	one := newCampaign(t, c, topic, "one", template.AcksLeader, ample)
	none := newCampaign(t, c, topic, "none", template.AcksNone, ample)
	campaigns := []*campaign{all, one, none}
	step := sends / 4
	send := func(n int) *sync.WaitGroup {
		var senders sync.WaitGroup
		for _, k := range campaigns {
			senders.Go(func() { k.send(t.Context(), n) })
		}
		return &senders
	}
	send(step).Wait()
	for _, k := range campaigns {
		k.settle(t)
	}
	before := map[*campaign]int64{}
	for _, id := range c.others(leader) {
		require.NoError(t, c.Freeze(id))
	}
	for _, k := range campaigns {
		before[k] = k.good.Load()
	}
	alone := send(step)
	eventually(t, "the leader alone acknowledges", func() (bool, string) {
		n := one.good.Load() - before[one]
		return n == int64(step), fmt.Sprintf("%d of %d", n, step)
	})
	require.Equal(t, before[all], all.good.Load(), "with acks=all nobody reports what one broker has")
	require.NoError(t, c.Kill(leader))
	for _, id := range c.others(leader) {
		require.NoError(t, c.Thaw(id))
	}
	alone.Wait()
	send(sends - 2*step).Wait()
	for _, k := range campaigns {
		k.settle(t)
	}
	log := c.b.Records(topic)
	for _, k := range campaigns {
		t.Log(k.figures(log))
	}
	require.Empty(t, head(all.faults(log)))
	require.EqualValues(t, sends, all.good.Load())
	require.NotZero(t, one.lost(log), "acks=1 loses what only the leader had")
	require.NotZero(t, none.lost(log), "acks=0 as well")
	require.Len(t, one.faults(log), one.lost(log), "and there is no other fault: %v", head(one.faults(log)))
	c.back(leader)
}

// head are the first of many.
func head(list []string) []string { return list[:min(len(list), 10)] }

// TestDurabilityFaultsAreSeen plants each fault that a campaign may have.
func TestDurabilityFaultsAreSeen(t *testing.T) {
	t.Parallel()
	k := &campaign{name: "k", deadline: time.Second}
	unknown, refused := template.ErrUnknownOutcome, errOnPurpose
	var log []listener.RawRecord
	put := func(i int, offset int64) {
		log = append(log, listener.RawRecord{Offset: offset, Value: []byte(k.value(i))})
	}
	for i, planted := range []struct {
		o   outcome
		log []int64
		say string
	}{
		{outcome{reported: true, offset: 0}, []int64{0}, ""},
		{outcome{reported: true, offset: -1}, []int64{1}, ""}, // acks=0
		{outcome{reported: true, offset: -1, err: unknown}, []int64{2}, ""},
		{outcome{reported: true, offset: -1, err: unknown}, nil, ""},
		{outcome{reported: true, offset: -1, err: refused}, nil, ""},
		{outcome{reported: true, offset: 3}, nil, "not in the log"},
		{outcome{reported: true, offset: 4}, []int64{4, 5}, "2 times"},
		{outcome{reported: true, offset: 6}, []int64{7}, "reported at 6, and is at 7"},
		{outcome{offset: -1}, nil, "nothing was reported"},
		{outcome{reported: true, offset: -1, err: unknown, took: time.Minute}, nil, "deadline of 1s"},
		{outcome{reported: true, offset: -1, err: unknown, took: time.Minute, starved: 54 * time.Second}, nil, "deadline of 1s"},
		{outcome{reported: true, offset: -1, err: unknown, took: time.Minute, starved: 56 * time.Second}, nil, ""},
		{outcome{reported: true, offset: -1, err: refused}, []int64{8}, "said not to be written"},
	} {
		k.sends = append(k.sends, planted.o)
		for _, at := range planted.log {
			put(i, at)
		}
		faults := slices.DeleteFunc(k.faults(log), func(f string) bool { return f[:len(k.value(i))+1] != k.value(i)+":" })
		if planted.say == "" {
			require.Empty(t, faults)
			continue
		}
		require.Len(t, faults, 1, planted.say)
		require.Contains(t, faults[0], planted.say)
	}
	require.Equal(t, 1, k.lost(log))
}
