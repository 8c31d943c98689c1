package main

import (
	"context"
	"fmt"
	"io"

	"github.com/hearken-go/hearken/listener"
)

// An Order is what the topic holds, as JSON.
type Order struct {
	ID    string
	Draft bool
}

// A Desk takes orders.
type Desk struct{ out io.Writer }

// OnOrder acknowledges what is no draft. A draft stays open, and pins the group's offset.
//
//kafka:listener id=orders topics=${app.topic:orders} group-id=${app.group:desk} factory=manual
func (d *Desk) OnOrder(_ context.Context, r listener.Record[Order], ack listener.Acknowledgment) error {
	if r.Value.Draft {
		_, err := fmt.Fprintf(d.out, "order %s is a draft\n", r.Value.ID)
		return err
	}
	if err := ack.Acknowledge(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.out, "order %s is done\n", r.Value.ID)
	return err
}
