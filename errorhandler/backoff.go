package errorhandler

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Backoff says how long to wait before each redelivery. It holds no state:
// the delay follows from the attempt alone. The zero Backoff is the default one.
type Backoff struct {
	Initial    time.Duration // after the first failure. Defaults to 100 ms
	Max        time.Duration // never longer than this. Defaults to 30 s
	Multiplier float64       // growth per attempt, at least 1. Defaults to 2
	Jitter     Jitter        // Defaults to JitterFull
}

// A Jitter says how delays are spread.
type Jitter uint8

const (
	// JitterFull draws from the whole of the exponential delay, so that many
	// partitions that failed together do not come back together; but for half
	// the initial delay, because nothing that has failed comes back at once.
	JitterFull Jitter = iota
	// JitterNone waits for exactly the exponential delay.
	JitterNone
)

// Delay returns how long to wait after the given attempt, counted from 1.
func (b Backoff) Delay(attempt int) time.Duration {
	full := b.Full(attempt)
	if b.Jitter == JitterNone {
		return full
	}
	least := min(full, b.withDefaults().Initial) / 2
	return least + 1 + rand.N(full-least)
}

// Full returns the delay before jitter, the longest that Delay may return.
func (b Backoff) Full(attempt int) time.Duration {
	b = b.withDefaults()
	grown := float64(b.Initial) * math.Pow(b.Multiplier, float64(max(attempt, 1)-1))
	// Above Max, which includes infinity, nothing is converted: it would overflow.
	if grown >= float64(b.Max) || math.IsNaN(grown) {
		return b.Max
	}
	return time.Duration(grown)
}

func (b Backoff) withDefaults() Backoff {
	if b.Initial <= 0 {
		b.Initial = 100 * time.Millisecond
	}
	if b.Max <= 0 {
		b.Max = 30 * time.Second
	}
	switch {
	case b.Multiplier <= 0 || math.IsNaN(b.Multiplier):
		b.Multiplier = 2
	case b.Multiplier < 1:
		b.Multiplier = 1
	}
	return b
}
