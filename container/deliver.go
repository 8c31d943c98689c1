package container

import (
	"context"
	"runtime/debug"
	"slices"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/listener"
)

var errGoexit = &errorhandler.PanicError{}

// prepare fills the delivery for w.run and returns the acknowledgment that
// goes with it, nil where the handler takes none.
func (w *worker) prepare(a *assignment) *ack {
	d := &w.delivery
	d.Records, d.Attempt = w.sifted(), w.run.Attempt
	if d.Replies != nil || d.Unanswered != nil {
		d.Replies, d.Unanswered = nil, nil
	}
	if !w.acks {
		return nil
	}
	k := newAck(a, &w.run)
	if w.batch {
		if w.sieve.on {
			k.kept = slices.Clone(w.sieve.kept)
		}
		w.delivery.BatchAck = batchAck{k}
	} else {
		w.delivery.Ack = recordAck{k}
	}
	return k
}

// call runs the handler with its middleware. A panic is an error like any other.
func (w *worker) call(ctx context.Context, h listener.HandlerFunc) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &errorhandler.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if err = h(ctx, &w.delivery); err != nil {
		w.heed(err)
	}
	return err
}
