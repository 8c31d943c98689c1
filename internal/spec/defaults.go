package spec

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// DefaultOrigin is the origin of a setting that nobody wrote.
const DefaultOrigin = "default"

// WithDefaults fills what no layer has set. It is the built-in layer, applied
// last because some defaults depend on other settings; it is the only place
// that knows a default. The group, which defaults to the listener's id, is the
// exception: a factory has no id.
func WithDefaults(s Settings) Settings {
	fill(&s.BootstrapServers, "localhost:9092")
	fill(&s.ClientID, "hearken")
	fill(&s.AutoOffsetReset, Latest)
	fill(&s.MaxPollRecords, 500)
	fill(&s.MaxPollInterval, 5*time.Minute)
	fill(&s.AckMode, ackmode.Batch)
	fillByMode(&s)
	fill(&s.AckScope, ScopeRecord)
	fill(&s.Unacked, Unacked{Kind: UnackedKeep})
	fill(&s.AsyncAcks, false)
	fill(&s.Concurrency, 1)
	fill(&s.Workers, 1)
	fillOrdering(&s)
	fill(&s.Reader, Poll)
	if s.TransactionIDPrefix.V != "" {
		fillTransaction(&s)
	}
	fill(&s.HandlerTimeout, s.MaxPollInterval.V)
	fill(&s.OnHang, HangLeaves)
	fill(&s.RevokeTimeout, min(10*time.Second, s.MaxPollInterval.V/2))
	fill(&s.ShutdownTimeout, 25*time.Second)
	fill(&s.AutoStartup, true)
	fill(&s.IsolationLevel, "read_committed")
	fill(&s.GroupProtocol, "classic")
	if s.GroupProtocol.V != "consumer" {
		fill(&s.Assignor, "cooperative-sticky")
	}
	fill(&s.Start, StartPolicy{Kind: StartBackground})
	fill(&s.OnFatal, FatalListener)
	fill(&s.AuthRetry, 30*time.Second)
	fillLetters(&s)
	fillFailures(&s)
	return s
}

// fillFailures sets what the default error handler does. Who says what becomes of
// records that are given up means that they are, at some time.
func fillFailures(s *Settings) {
	fill(&s.BackOffInitial, 100*time.Millisecond)
	fill(&s.BackOffMax, max(30*time.Second, s.BackOffInitial.V))
	fill(&s.BackOffMultiplier, 2)
	fill(&s.BackOffJitter, JitterFull)
	if s.DeadLetter.V && s.DeadOf.V == "" {
		fill(&s.Recover, RecoverDeadLetter)
	}
	fill(&s.Recover, RecoverHold)
	if s.Recover.V != RecoverHold && s.MaxAge.V == 0 {
		fill(&s.MaxAttempts, 10)
	}
	fill(&s.MaxAttempts, 0)
	fill(&s.MaxAge, 0)
}

// fillOrdering sets what the ordering decides.
func fillOrdering(s *Settings) {
	fill(&s.Ordering, OrderPartition)
	parallel := s.Ordering.V != OrderPartition
	if s.Ordering.V == OrderKey {
		fill(&s.NullKey, NullUnordered)
	}
	fill(&s.CommitMap, parallel && s.TransactionIDPrefix.V == "") // a transaction leaves no gap that a map would tell of
	if s.CommitMap.V {
		fill(&s.CommitMapSize, 4096)
	}
	window := 20 * s.MaxPollRecords.V
	if s.BatchSize.V > window/2 {
		window = 2 * s.BatchSize.V // one batch gathers while another one runs
	}
	if parallel {
		window = max(window, 10_000)
	}
	fill(&s.Window, window)
	fill(&s.InFlightRecords, 1_000_000)
	fill(&s.InFlightSize, 64<<20)
}

// fillTransaction sets what a transactional listener needs. A handler that
// outlives its transaction can't commit, so that the transaction bounds it.
func fillTransaction(s *Settings) {
	fill(&s.TransactionInstance, ProcessInstance())
	if s.AckMode.V == ackmode.Record {
		fill(&s.TransactionMaxRecords, 1)
	}
	fill(&s.TransactionMaxRecords, 1000)
	fill(&s.TransactionMaxTime, 100*time.Millisecond)
	fill(&s.TransactionTimeout, 10*time.Second)
	fill(&s.HandlerTimeout, min(s.TransactionTimeout.V, s.MaxPollInterval.V))
}

// fillLetters sets what becomes of records that are given up. Retry topics end
// in a dead-letter topic.
func fillLetters(s *Settings) {
	fill(&s.RetryDelays, nil)
	fill(&s.DeadLetter, len(s.RetryDelays.V) > 0 || s.Recover.V == RecoverDeadLetter && s.DeadOf.V == "")
	if s.DeadLetter.V {
		fill(&s.DeadLetterTopic, "{topic}-dlt")
		fill(&s.DeadLetterCreate, true)
		fill(&s.DeadLetterStack, false)
	}
	if len(s.RetryDelays.V) > 0 {
		fill(&s.RetryTopicsCreate, true)
		fill(&s.RetryJitter, 0)
	}
}

// fillByMode sets what the row of the ack mode decides. An ack time is left
// unset where the mode has no timer of its own.
func fillByMode(s *Settings) {
	if !s.AckMode.V.Valid() {
		return // it is reported as a fault of its own
	}
	row := s.AckMode.V.Row()
	if row.When.Has(ackmode.Elapsed) {
		fill(&s.AckTime, 5*time.Second)
	}
	if row.When.Has(ackmode.Counted) {
		fill(&s.AckCount, 1)
	}
	if row.Await {
		fill(&s.Commit, Awaited)
	} else {
		fill(&s.Commit, Pipelined)
	}
}

func fill[T any](v *Value[T], builtin T) {
	if !v.IsSet() {
		*v = Set(builtin, DefaultOrigin)
	}
}
