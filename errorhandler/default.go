package errorhandler

import (
	"context"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// waysOut is what people should know who meet the default handler in a log.
const waysOut = "it is tried for ever; ways out: max-attempts or max-age, with recover: dead-letter, skip or stop, or an error handler of your own"

// Default redelivers with a growing delay, for ever unless it is bounded:
// nothing is lost, and nothing is given up without being asked to. The zero
// Default is what listeners have; their settings back-off.*, max-attempts,
// max-age and recover fill the fields.
//
// What is not worth a retry (listener.Fatal, a record that cannot be decoded, a
// class of errors that is left out) is given up at once. listener.RetryAfter
// sets the delay itself, and counts as worth a retry.
//
// An attempt is one call of the handler with the record; it counts from 1 at the
// first delivery in this process. It survives back-off, pauses and nacks, and
// begins at 1 again after a restart, a rebalance or a seek. The age counts from
// the first failure in the same way.
type Default struct {
	Backoff Backoff // the zero Backoff is 100 ms, doubling up to 30 s

	// MaxAttempts is how often a record is delivered before it is given up, 0
	// for ever.
	MaxAttempts int
	// MaxAge is how long a record may have been failing when it fails again
	// before it is given up, 0 for ever. The bound that is met first counts.
	MaxAge time.Duration
	// Then is the verdict on what is given up: DeadLetter(), Skip(), Stop(),
	// RecoverWith(r). The zero Verdict holds it: reported at once, and tried
	// again only after the longest delay of the back-off.
	Then Verdict

	// Only, if set, are the errors that are worth a retry; others are given up at once.
	Only Match
	// Never, if set, are the errors that are not; it goes before Only.
	Never Match
}

// NewDefault returns the handler that containers have unless another is set.
func NewDefault() Default { return Default{} }

// Handle decides by the error's kind, then by attempts and age.
func (d Default) Handle(_ context.Context, f Failure) Verdict {
	after, asked := listener.AsRetryAfter(f.Err)
	switch {
	case listener.IsFatal(f.Err), !asked && !d.retriable(f.Err):
		return d.giveUp("not worth a retry")
	case d.MaxAttempts > 0 && f.Attempt >= d.MaxAttempts:
		return d.giveUp(fmt.Sprintf("attempt %d of %d", f.Attempt, d.MaxAttempts))
	case d.MaxAge > 0 && time.Since(f.Since) >= d.MaxAge:
		return d.giveUp(fmt.Sprintf("failing for more than %s", d.MaxAge))
	}
	v := Redeliver(after)
	if !asked {
		v = Redeliver(d.Backoff.Delay(f.Attempt))
	}
	if d.MaxAttempts <= 0 && d.MaxAge <= 0 {
		v.Note = waysOut
	}
	return v
}

func (d Default) retriable(err error) bool {
	if d.Never != nil && d.Never(err) {
		return false
	}
	return d.Only == nil || d.Only(err)
}

func (d Default) giveUp(why string) Verdict {
	v := d.Then
	if v.Kind == KindRedeliver && v.After <= 0 {
		v = Hold(d.Backoff.withDefaults().Max)
		why += "; ways out: recover: dead-letter, skip or stop, or an error handler of your own"
	}
	if v.Note == "" {
		v.Note = why
	}
	return v
}
