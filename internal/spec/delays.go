package spec

import (
	"math"
	"time"
)

// mostDelays bounds how many retry topics a number of attempts may make.
const mostDelays = 100

// Delays returns the delays between attempts deliveries: the first one, then
// each multiplier times the one before, and none longer than longest (0 is no
// limit). A multiplier below 1 is 1.
func Delays(attempts int, first time.Duration, multiplier float64, longest time.Duration) []time.Duration {
	out := []time.Duration{}
	if math.IsNaN(multiplier) || multiplier < 1 {
		multiplier = 1
	}
	next := float64(first)
	for range min(attempts, mostDelays+1) - 1 {
		d := time.Duration(math.MaxInt64)
		if next < math.MaxInt64 {
			d = time.Duration(next).Truncate(time.Millisecond)
		}
		if longest > 0 {
			d = min(d, longest)
		}
		out = append(out, d)
		next *= multiplier
	}
	return out
}
