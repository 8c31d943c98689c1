package factory

import (
	"fmt"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/spec"
)

// BackOffInitial is the delay after the first failure of a record. Defaults to 100 ms.
func BackOffInitial(d time.Duration) Option {
	return with("back-off.initial", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.BackOffInitial })
}

// BackOffMax is the longest delay. Defaults to 30 s.
func BackOffMax(d time.Duration) Option {
	return with("back-off.max", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.BackOffMax })
}

// BackOffMultiplier is what a delay grows by from attempt to attempt. Defaults to 2.
func BackOffMultiplier(by float64) Option {
	return with("back-off.multiplier", by, func(s *spec.Settings) *spec.Value[float64] { return &s.BackOffMultiplier })
}

// BackOffJitter says how delays are spread. Defaults to JitterFull.
func BackOffJitter(j spec.BackOffJitter) Option {
	return with("back-off.jitter", j, func(s *spec.Settings) *spec.Value[spec.BackOffJitter] { return &s.BackOffJitter })
}

// MaxAttempts is how often a record is delivered before the default error
// handler gives it up; see Recover. Defaults to 0, for ever, or to 10 where
// Recover says something else than RecoverHold and there is no MaxAge.
func MaxAttempts(n int) Option {
	return with("max-attempts", n, func(s *spec.Settings) *spec.Value[int] { return &s.MaxAttempts })
}

// MaxAge is how long a record may have been failing when it fails again, before
// the default error handler gives it up. Defaults to 0, for ever.
func MaxAge(d time.Duration) Option {
	return with("max-age", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.MaxAge })
}

// Recover says what becomes of a record that the default error handler gives
// up. Defaults to RecoverHold, which loses nothing.
func Recover(what spec.Recover) Option {
	return with("recover", what, func(s *spec.Settings) *spec.Value[spec.Recover] { return &s.Recover })
}

// defaultHandler is the error handler that the settings describe.
func defaultHandler(s *spec.Settings) errorhandler.Default {
	d := errorhandler.Default{
		Backoff:     errorhandler.Backoff{Initial: s.BackOffInitial.V, Max: s.BackOffMax.V, Multiplier: s.BackOffMultiplier.V},
		MaxAttempts: s.MaxAttempts.V, MaxAge: s.MaxAge.V,
	}
	if s.BackOffJitter.V == spec.JitterNone {
		d.Backoff.Jitter = errorhandler.JitterNone
	}
	switch s.Recover.V {
	case spec.RecoverDeadLetter:
		d.Then = errorhandler.DeadLetter()
	case spec.RecoverSkip:
		d.Then = errorhandler.Skip()
	case spec.RecoverStop:
		d.Then = errorhandler.Stop()
	}
	return d
}

// failureNotes says which settings of the default error handler are not looked
// at, and which do less than they seem to.
func failureNotes(set, full *spec.Settings) (notes []string) {
	if set.ErrorHandler.IsSet() {
		for _, name := range []string{"back-off.initial", "back-off.max", "back-off.multiplier", "back-off.jitter", "max-attempts", "max-age", "recover"} {
			k, _ := spec.Lookup(name)
			if _, origin := k.Get(set); origin != "" {
				notes = append(notes, fmt.Sprintf("%s (%s) is the default error handler's: the listener has another one (%s)", name, origin, set.ErrorHandler.Origin))
			}
		}
		return notes
	}
	if full.Recover.V == spec.RecoverHold && (full.MaxAttempts.V > 0 || full.MaxAge.V > 0) {
		notes = append(notes, "a record past max-attempts or max-age is held and blocks its partition: recover: dead-letter, skip or stop is the way out")
	}
	return notes
}

// backOff compares the two ends of the back-off.
func (c check) backOff(s spec.Settings) {
	first, last := s.BackOffInitial, s.BackOffMax
	if first.IsSet() && last.IsSet() && first.V > last.V {
		c.fault(ErrContradiction, "back-off.max", last.Origin,
			fmt.Sprintf("%s is less than back-off.initial, %s (%s)", last.V, first.V, first.Origin), "raise it, or lower back-off.initial")
	}
}
