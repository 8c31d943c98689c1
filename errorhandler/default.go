package errorhandler

import (
	"context"

	"github.com/hearken-go/hearken/listener"
)

// waysOut is what people should know who meet the default handler in a log.
const waysOut = "default error handler, tries for ever; ways out: another error handler, which may skip the record or stop the listener"

// Default redelivers for ever, with a growing delay: nothing is lost, and
// nothing is given up without being asked to. What is not worth a retry
// (listener.Fatal, a record that cannot be decoded) is held: tried again only
// after the longest delay, and reported at once. listener.RetryAfter sets the
// delay itself.
type Default struct {
	Backoff Backoff // the zero Backoff is 100 ms, doubling up to 30 s
}

// NewDefault returns the handler that containers have unless another is set.
func NewDefault() Default { return Default{} }

// Handle decides by the error's kind, then by the attempt.
func (d Default) Handle(_ context.Context, f Failure) Verdict {
	v := Redeliver(d.Backoff.Delay(f.Attempt))
	if listener.IsFatal(f.Err) {
		v = Hold(d.Backoff.withDefaults().Max)
	} else if after, ok := listener.AsRetryAfter(f.Err); ok {
		v = Redeliver(after)
	}
	v.Note = waysOut
	return v
}
