package event

import "time"

// Records that are given up.
type (
	// Recovered: a record that was given up has been taken over; it is settled.
	Recovered struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Attempt   int    // how often its handler was called
		Err       error  // why it was given up
		By        string // the recoverer
		Tries     int    // of the recoverer
		Took      time.Duration
	}
	// RecoveryFailed: a recoverer did not take a record over. The record stays
	// undone, and the recoverer is asked again after Retry.
	RecoveryFailed struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Err       error // of the recoverer
		Cause     error // why the record was given up
		By        string
		Tries     int
		Retry     time.Duration
		Since     time.Time // of the giving up
	}
)

func (Recovered) event()      {}
func (RecoveryFailed) event() {}
