package main

import (
	"context"
	"fmt"
	"io"

	"github.com/hearken-go/hearken/listener"
)

// An Order is what the topic holds, as JSON.
type Order struct{ ID string }

// A Desk takes orders.
type Desk struct{ out io.Writer }

// OnOrder's acknowledgment returns when the broker has the commit, or with the
// reason why it has not.
//
//kafka:listener id=orders topics=${app.topic:orders} group-id=${app.group:desk}
func (d *Desk) OnOrder(_ context.Context, r listener.Record[Order], ack listener.Acknowledgment) error {
	if err := ack.Acknowledge(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.out, "order %s is committed\n", r.Value.ID)
	return err
}
