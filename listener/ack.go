package listener

import (
	"errors"
	"time"
)

// What Acknowledge and Nack may answer. Compare with errors.Is.
var (
	// ErrSettled: this delivery was acknowledged or nacked before.
	ErrSettled = errors.New("hearken: already acknowledged or nacked")
	// ErrRevoked: the partition was revoked or its listener was stopped
	// after this record was delivered. Nothing was committed; the record is
	// delivered again, here or elsewhere. It is also the cause of a handler's
	// context that ended with its assignment.
	ErrRevoked = errors.New("hearken: the partition is no longer assigned")
	// ErrStopping is the cause of a handler's context that the stop deadline ended.
	ErrStopping = errors.New("hearken: the listener is stopping")
	// ErrHandlerTimeout is the cause of a handler's context that ran past handler-timeout.
	ErrHandlerTimeout = errors.New("hearken: the handler ran past its handler-timeout")
)

// An Acknowledgment settles one delivered record. Its methods may be called
// from any goroutine, while the handler runs or after it has returned.
type Acknowledgment interface {
	// Acknowledge marks the record as done.
	//
	// Under MANUAL it returns at once and the commit follows. Under
	// MANUAL_IMMEDIATE it returns the commit's result: nil once the group's
	// offset has passed this record, or at once where an earlier record of
	// the partition is still unsettled (the commit follows by itself). An error
	// of the commit means: marked, not confirmed; calling again waits again.
	//
	// The second call answers ErrSettled, a call after a revoke or a stop ErrRevoked.
	Acknowledge() error
	// Nack asks for the record again, after delay, in order: its partition
	// waits, others go on. It returns an error only where it could not:
	// ErrSettled, ErrRevoked.
	Nack(delay time.Duration) error
}

// A BatchAcknowledgment settles a delivered batch. Its methods may be called
// from any goroutine, while the handler runs or after it has returned.
// Counts are from 0 and mean "the first n are done".
type BatchAcknowledgment interface {
	// Acknowledge marks the whole batch as done.
	Acknowledge() error
	// AcknowledgeFirst marks the first n records as done. It may be called
	// again with a larger n.
	AcknowledgeFirst(n int) error
	// NackFrom marks the first n records as done and asks for the rest again, after delay.
	NackFrom(n int, delay time.Duration) error
}
