package ledger_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

var lateAcks = []struct {
	name  string
	rules ledger.Rules
	acks  []int
	due   []int64 // after each ack; -1 is nothing
	rest  []int64 // what is unsettled in the end
}{
	{"MANUAL_IMMEDIATE never passes a gap", immediate, []int{3, 1, 0, 2}, []int64{-1, -1, 2, 4}, nil},
	{"MANUAL_IMMEDIATE in order", immediate, []int{0, 1, 2, 3}, []int64{1, 2, 3, 4}, nil},
	{"MANUAL stays at the missing one", manual, []int{0, 2, 3}, []int64{1, -1, -1}, []int64{1}},
	{"MANUAL has nothing to commit without the first", manual, []int{1, 2, 3}, []int64{-1, -1, -1}, []int64{0}},
	{"cumulative settles what came before", cumulative, []int{3}, []int64{4}, nil},
	{"cumulative settles nothing that came after", cumulative, []int{1}, []int64{2}, []int64{2, 3}},
	{"COUNT with acks", countMode, []int{1, 0}, []int64{-1, 2}, []int64{2, 3}},
}

// Four records were delivered and returned from; acknowledgments come later, in
// any order.
func TestLateAcknowledgments(t *testing.T) {
	t.Parallel()
	for _, tt := range lateAcks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, tt.rules)
			d.track(0, 1, 2, 3)
			var tickets []*ledger.Ticket
			for o := range int64(4) {
				tickets = append(tickets, d.through(o))
			}
			for i, n := range tt.acks {
				require.NoError(t, d.Ack(tickets[n], 1))
				require.ErrorIs(t, d.Ack(tickets[n], 1), listener.ErrSettled)
				if !tt.rules.Await {
					d.DueLate()
				}
				d.commits(tt.due[i])
			}
			require.Equal(t, tt.rest, unsettled(d))
		})
	}
}

func unsettled(d *desk) (offsets []int64) {
	for _, b := range d.Book() {
		if b.State != "done" {
			offsets = append(offsets, b.Offset)
		}
	}
	return offsets
}

// Cumulative acks leave alone what runs and what was nacked.
func TestCumulativeSparesTheRunningAndTheNacked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, cumulative)
	d.track(0, 1, 2, 3)
	first := d.through(0)
	d.through(1)
	last := d.through(2)
	require.NoError(t, d.Nack(first, 0, time.Hour))
	require.NoError(t, d.Ack(last, 1))
	require.Equal(t, []int64{0, 3}, unsettled(d))
}

// What was nacked comes again before anything later, in the order of the log.
func TestNackedRecordsComeAgainInOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t, manual)
	d.track(0, 1, 2, 3)
	first, second := d.through(0), d.through(1)
	third := d.take(2)
	require.NoError(t, d.Nack(second, 0, 0))
	require.NoError(t, d.Nack(third, 0, 0))
	require.NoError(t, d.Nack(first, 0, 0))
	d.finish(ledger.Finish{Mark: true})
	require.Equal(t, []int64{0, 1, 2, 3}, unsettled(d), "a nack stands, whatever the container says later")
	for o, attempt := range []int{2, 2, 2, 1} {
		require.Equal(t, attempt, d.take(int64(o)).Attempt)
		d.finish(ledger.Finish{Mark: true})
	}
	require.ErrorIs(t, d.Nack(first, 0, 0), listener.ErrSettled)
	d.commits(4)
}

// A redelivery is never early, and in fake time exact. It holds its partition.
func TestRedeliveryIsOnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, batchMode)
		d.track(0, 1)
		d.take(0)
		d.finish(ledger.Finish{Again: true, After: time.Second})
		d.nothing()
		require.Equal(t, time.Now().Add(time.Second), *d.h.armed)
		<-time.After(time.Second - 1)
		d.Wake()
		d.nothing()
		<-time.After(1)
		d.h.ready = 0
		d.Wake()
		d.Wake()
		require.Equal(t, 1, d.h.ready)
		require.Equal(t, 2, d.take(0).Attempt)
	})
}

// A nack from inside the handler counts from the call, and waits for the return.
func TestNackWhileTheHandlerRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, manual)
		d.track(0)
		k := d.take(0)
		require.NoError(t, d.Nack(k, 0, time.Second))
		<-time.After(3 * time.Second)
		d.finish(ledger.Finish{})
		d.take(0)
		require.ErrorIs(t, d.Ack(k, 1), listener.ErrSettled, "it was given out again")
	})
}

var batchAcks = []struct {
	name  string
	acks  func(d *desk, k *ledger.Ticket)
	f     ledger.Finish
	due   int64
	again int64 // first record of the redelivery, -1 for none
}{
	{"the whole batch", func(d *desk, k *ledger.Ticket) { require.NoError(d.t, d.Ack(k, 4)) }, ledger.Finish{}, 4, -1},
	{"the first two, then the first three", func(d *desk, k *ledger.Ticket) {
		require.NoError(d.t, d.Ack(k, 2))
		require.ErrorIs(d.t, d.Ack(k, 1), listener.ErrSettled)
		require.NoError(d.t, d.Ack(k, 3))
	}, ledger.Finish{}, 3, -1},
	{"from the third again", func(d *desk, k *ledger.Ticket) {
		require.NoError(d.t, d.Nack(k, 2, 0))
		require.ErrorIs(d.t, d.Ack(k, 4), listener.ErrSettled)
	}, ledger.Finish{}, 2, 2},
	{"the first, then from the third again", func(d *desk, k *ledger.Ticket) {
		require.NoError(d.t, d.Ack(k, 1))
		require.NoError(d.t, d.Nack(k, 2, 0))
	}, ledger.Finish{}, 2, 2},
	{"more done than nacked", func(d *desk, k *ledger.Ticket) {
		require.NoError(d.t, d.Ack(k, 3))
		require.NoError(d.t, d.Nack(k, 1, 0))
	}, ledger.Finish{}, 3, 3},
	{"it failed at the second", func(*desk, *ledger.Ticket) {}, ledger.Finish{First: 1, Again: true}, 1, 1},
	{"it failed after three acks", func(d *desk, k *ledger.Ticket) { require.NoError(d.t, d.Ack(k, 3)) }, ledger.Finish{Again: true}, 3, 3},
	{"it failed after a nack", func(d *desk, k *ledger.Ticket) { require.NoError(d.t, d.Nack(k, 1, 0)) }, ledger.Finish{Mark: true}, 1, 1},
}

func TestBatchAcknowledgments(t *testing.T) {
	t.Parallel()
	rules := manual
	rules.Batch = true
	for _, tt := range batchAcks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, rules)
			d.track(0, 1, 2, 3)
			k := d.take(0)
			tt.acks(d, k)
			d.finish(tt.f)
			d.commits(tt.due)
			if tt.again < 0 {
				d.nothing()
				return
			}
			again := d.take(tt.again)
			require.Len(t, d.run.Records, int(4-tt.again))
			require.Equal(t, 2, again.Attempt)
			require.ErrorIs(t, d.Ack(k, 4), listener.ErrSettled, "the older delivery has no say")
			require.NoError(t, d.Ack(again, len(again.Records)))
			d.finish(ledger.Finish{})
			d.commits(4)
		})
	}
}

// A late nack brings back a payload that was given up when the handler returned.
func TestLateNackOfABatch(t *testing.T) {
	t.Parallel()
	rules := manual
	rules.Batch = true
	d := newDesk(t, rules)
	d.track(0, 1, 2)
	k := d.through(0)
	require.Zero(t, d.Payloads(), "only the slots stay")
	d.h.ready = 0
	d.nothing()
	require.NoError(t, d.Nack(k, 1, 0))
	require.Equal(t, 1, d.h.ready)
	d.take(1)
	require.Equal(t, []byte("x"), d.run.Records[1].Value)
}
