package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Refund is what the topic holds, as JSON.
type Refund struct {
	ID    string
	Large bool // the bank takes its time
}

// A Bank pays refunds.
type Bank struct{ out io.Writer }

// OnRefund asks for a large refund again in a second, the first time.
//
//kafka:listener id=refunds topics=${app.topic:refunds} group-id=${app.group:bank} factory=manual
func (b *Bank) OnRefund(_ context.Context, r listener.Record[Refund], ack listener.Acknowledgment) error {
	if r.Value.Large && r.Attempt == 1 {
		if _, err := fmt.Fprintf(b.out, "refund %s has to wait\n", r.Value.ID); err != nil {
			return err
		}
		return ack.Nack(time.Second)
	}
	if _, err := fmt.Fprintf(b.out, "refund %s is paid, attempt %d\n", r.Value.ID, r.Attempt); err != nil {
		return err
	}
	return ack.Acknowledge()
}
