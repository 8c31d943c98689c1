package container

import (
	"errors"
	"sync"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// An ack is one delivery's acknowledgment. It may be used from any goroutine,
// for ever; what it may still do is the ledger's to say.
type ack struct {
	a      *assignment
	ticket ledger.Ticket
	one    [1]*listener.RawRecord // backs ticket.Records of a single record
	kept   []int                  // those of a batch that filters have kept; nil where all are

	mu  sync.Mutex
	err error // of a commit that Acknowledge waited for: marked, not confirmed
	n   int   // records that it had marked
}

func newAck(a *assignment, run *ledger.Run) *ack {
	k := &ack{a: a, ticket: ledger.Ticket{From: run.From, To: run.To, Attempt: run.Attempt, Serial: run.Serial}}
	k.ticket.Offset = run.Records[len(run.Records)-1].Offset
	if len(run.Records) == 1 {
		k.one[0] = run.Records[0]
		k.ticket.Records = k.one[:]
		return k
	}
	k.ticket.Records = append([]*listener.RawRecord(nil), run.Records...)
	return k
}

// acknowledge marks the first n records and, where the mode commits at every
// mark, waits for the commit.
func (k *ack) acknowledge(n int) error {
	err := k.a.Ack(&k.ticket, n)
	if errors.Is(err, listener.ErrSettled) && k.failure() != nil && n <= k.marked() {
		err = nil // marked before, but unconfirmed: wait again
	}
	if err != nil {
		k.late(err)
		return err
	}
	if !k.a.c.spec.AckMode.Row().When.Has(ackmode.EachMark) {
		return nil
	}
	t := k.ticket
	if n < len(t.Records) {
		t.Offset = t.Records[n-1].Offset
	}
	err = <-k.a.AwaitCommit(&t)
	k.mu.Lock()
	k.err, k.n = err, max(k.n, n)
	k.mu.Unlock()
	return err
}

// marked returns how many records were marked by a call that waited for its commit.
func (k *ack) marked() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.n
}

func (k *ack) nack(n int, delay time.Duration) error {
	if err := k.a.Nack(&k.ticket, n, delay); err != nil {
		k.late(err)
		return err
	}
	if n < len(k.ticket.Records) {
		r := k.ticket.Records[n]
		k.a.c.emit(event.RecordNacked{
			Consumer: k.a.c.name(), Partition: k.a.event(),
			Offset: r.Offset, Attempt: k.ticket.Attempt, Delay: delay,
		})
	}
	return nil
}

func (k *ack) late(err error) {
	if errors.Is(err, listener.ErrRevoked) {
		k.a.c.emit(event.LateAck{Consumer: k.a.c.name(), Partition: k.a.event(), Offset: k.ticket.Offset})
	}
}

func (k *ack) failure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// unconfirmed reports whether err is what Acknowledge answered.
func (k *ack) unconfirmed(err error) bool {
	failure := k.failure()
	return failure != nil && errors.Is(err, failure)
}

type recordAck struct{ *ack }

// Acknowledge implements listener.Acknowledgment.
func (k recordAck) Acknowledge() error { return k.acknowledge(1) }

// Nack implements listener.Acknowledgment.
func (k recordAck) Nack(delay time.Duration) error { return k.nack(0, delay) }

type batchAck struct{ *ack }

// records is how many there are in the delivery.
func (k batchAck) records() int {
	if k.kept != nil {
		return len(k.kept)
	}
	return len(k.ticket.Records)
}

// place is where record n of the delivery stands in the run.
func (k batchAck) place(n int) int {
	if k.kept != nil {
		return inRun(k.kept, n, len(k.ticket.Records))
	}
	return n
}

// Acknowledge implements listener.BatchAcknowledgment.
func (k batchAck) Acknowledge() error { return k.acknowledge(len(k.ticket.Records)) }

// AcknowledgeFirst implements listener.BatchAcknowledgment.
func (k batchAck) AcknowledgeFirst(n int) error {
	if n < 0 || n > k.records() {
		return &RangeError{N: n, Records: k.records()}
	}
	if n == 0 {
		return nil
	}
	return k.acknowledge(k.place(n))
}

// NackFrom implements listener.BatchAcknowledgment.
func (k batchAck) NackFrom(n int, delay time.Duration) error {
	if n < 0 || n >= k.records() {
		return &RangeError{N: n, Records: k.records()}
	}
	return k.nack(k.place(n), delay)
}
