package container_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hearken-go/hearken/container"
)

// checkOutputs compares what readers see with the committed offsets.
func (s *txSim) checkOutputs() {
	count, last := map[string]int{}, map[string]int64{}
	for _, v := range s.log.Records(outputs) {
		count[v]++
		var id int32
		var offset int64
		_, _ = fmt.Sscanf(v, "%d@%d", &id, &offset)
		s.mu.Lock()
		lane := s.lanes[v]
		s.mu.Unlock()
		if was, ok := last[lane]; ok && offset <= was {
			s.fault("%s came after %d@%d", v, id, was)
		}
		last[lane] = offset
	}
	for id := range int32(s.parts) {
		committed := s.committed(id)
		for offset := range s.cluster.End(part(id)) {
			name := fmt.Sprintf("%d@%d", id, offset)
			got := count[name]
			s.mu.Lock()
			skipped := s.skipped[name]
			s.mu.Unlock()
			switch {
			case offset >= committed && got > 0:
				s.fault("%s is visible %d times, and only %d is committed", name, got, committed)
			case offset < committed && got > 1:
				s.fault("%s is visible %d times", name, got)
			case offset < committed && got == 0 && !skipped:
				s.fault("%s is lost: %d is committed", name, committed)
			}
		}
	}
}

// heal ends all troubles and waits until there is nothing left to do.
func (s *txSim) heal() {
	s.mu.Lock()
	s.healed = true
	s.mu.Unlock()
	for _, cure := range s.cures {
		cure()
	}
	s.log.Heal()
	s.pass(time.Minute)
	for _, n := range s.nodes {
		_ = n.k.Start(context.Background())
		n.k.Resume()
	}
	s.pass(5 * time.Minute)
	s.checkDone()
	for _, n := range s.nodes { // what was abandoned before is told by this stop
		_ = n.k.Stop(context.Background())
		_ = n.k.Start(context.Background())
	}
	s.pass(time.Minute)
}

func (s *txSim) checkDone() {
	for id := range int32(s.parts) {
		if end := s.cluster.End(part(id)); end > 0 && s.committed(id) != end {
			s.fault("partition %d is committed up to %d of %d", id, s.committed(id), end)
		}
	}
	for _, n := range s.nodes {
		if h := n.k.Health(); strings.Contains(h.Reason, "transaction") || h.Status == container.HealthDown {
			s.fault("health: %s: %s", h.Status, h.Reason)
		}
	}
}
