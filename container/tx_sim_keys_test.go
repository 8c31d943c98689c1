package container_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// TestTransactionSimulationSideBySide is the same where records of one partition
// run at once: the order of the outputs is that of each key, or none.
func TestTransactionSimulationSideBySide(t *testing.T) {
	for i := range *simRuns {
		seed, order := rand.Uint64(), spec.OrderKey
		if *simSeed != 0 {
			seed = *simSeed
		}
		if i%4 == 3 {
			order = spec.OrderNone
		}
		t.Run(fmt.Sprint(order, " ", seed), func(t *testing.T) {
			for _, f := range simulateTx(t, seed, order, txPlant{}) {
				t.Errorf("seed %d: %s", seed, f)
			}
		})
	}
}

// fill writes n records of few keys, some without one, and notes which of them
// wait for each other.
func (s *txSim) fill(id int32, n int) {
	for range n {
		var key []byte
		if k := s.n(6); k > 0 {
			key = fmt.Append(nil, "k", k*s.n(3))
		}
		s.mu.Lock()
		offset := s.cluster.Append(part(id), listener.RawRecord{Key: key, Value: []byte("v")})
		lane := fmt.Sprint("partition ", id)
		switch {
		case s.spec.Ordering == spec.OrderNone, s.spec.Ordering == spec.OrderKey && key == nil && !s.spec.NullQueue:
			lane += fmt.Sprint(" record ", offset)
		case s.spec.Ordering == spec.OrderKey && key == nil:
			lane += " no key"
		case s.spec.Ordering == spec.OrderKey:
			lane += fmt.Sprintf(" key %s", key)
		}
		s.lanes[fmt.Sprintf("%d@%d", id, offset)] = lane
		s.mu.Unlock()
	}
}
