package main

import (
	"context"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// The topics.
const (
	ordersTopic  = "orders"
	refundsTopic = "refunds"
)

// An Order is what topic orders holds, as JSON.
type Order struct {
	ID       int
	Customer string
	Cents    int
}

// A Refund is what topic refunds holds, as JSON.
type Refund struct {
	OrderID int
	Cents   int
}

// A Shop has the handlers. They are plain methods: call them in a unit test as
// they are. Whatever its constructor takes, fx injects.
type Shop struct{ screen *Screen }

// NewShop makes a Shop.
func NewShop(screen *Screen) *Shop { return &Shop{screen} }

// OnOrder handles one order. Its listener has ack mode BATCH: nil means done,
// an error would bring the order back after a while.
func (s *Shop) OnOrder(_ context.Context, r listener.Record[Order]) error {
	s.screen.Received("orders", at(r), "nil", "order %d of %s, %s", r.Value.ID, r.Value.Customer, euro(r.Value.Cents))
	return nil
}

// OnRefund handles one refund and acknowledges it itself: its factory has ack
// mode MANUAL. Now and then the bank is busy, and we ask for the refund again
// in a second. Only its partition waits meanwhile; the others go on.
func (s *Shop) OnRefund(_ context.Context, r listener.Record[Refund], ack listener.Acknowledgment) error {
	if bankIsBusy(r) {
		s.screen.Nacked("refunds", at(r), "Nack(1s)", "refund of order %d, but the bank is busy", r.Value.OrderID)
		return ack.Nack(time.Second)
	}
	s.screen.Received("refunds", at(r), "Acknowledge()", "refund of order %d, %s", r.Value.OrderID, euro(r.Value.Cents))
	return ack.Acknowledge()
}

// bankIsBusy at the first two attempts of every fifth refund.
func bankIsBusy(r listener.Record[Refund]) bool { return r.Attempt < 3 && r.Value.OrderID%20 == 4 }

// OnAudit takes what is there of one partition as one batch. It reads both
// topics, and does not look into them: a []byte is the value as it is.
func (s *Shop) OnAudit(_ context.Context, batch []listener.Record[[]byte]) error {
	s.screen.ReceivedBatch("audit", at(batch[0]), "nil", len(batch))
	return nil
}

// at is where a record is, whatever it holds.
func at[V any](r listener.Record[V]) Place {
	return Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Attempt: r.Attempt}
}
