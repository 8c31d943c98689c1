//go:build unix

package main

import (
	"fmt"
	"slices"
)

// A verdict is what came out of a comparison.
type verdict struct {
	scenario string
	comparison
	rounds int
	ratio  float64 // the median over the rounds
	spread float64 // the highest minus the lowest, by the median
}

// name is the scenario with the metric, where that is not the rate.
func (v verdict) name() string {
	if v.of() == "rate" {
		return v.scenario
	}
	return v.scenario + "/" + v.of()
}

// line is what a run prints.
func (v verdict) line() string {
	return fmt.Sprintf("bench %s %s %s ratio=%.2f spread=%.2f", v.name(), v.ours, v.peer, v.ratio, v.spread)
}

// met says yes or no, or nothing where there is no target.
func (v verdict) met(target float64) string {
	switch {
	case target == 0:
		return ""
	case v.atMost && v.ratio <= target, !v.atMost && v.ratio >= target:
		return "yes"
	default:
		return "no"
	}
}

// lines are the lines of a scenario.
func lines(rows []row, s scenario) []string {
	var out []string
	for _, v := range verdicts(rows, s) {
		out = append(out, v.line())
	}
	return out
}

// verdicts are what came out of a scenario's comparisons, without those whose
// contestants did not take part.
func verdicts(rows []row, s scenario) []verdict {
	var out []verdict
	for _, c := range s.against {
		ours, peer := series(rows, s.name, c.ours, c.of()), peerSeries(rows, s, c)
		var ratios []float64
		for round, o := range ours {
			if p, ok := peer[round]; ok {
				if c.of() == "redone" { // none by none is one
					o, p = o+1, p+1
				}
				ratios = append(ratios, o/p)
			}
		}
		if len(ratios) == 0 {
			continue
		}
		m := median(ratios)
		out = append(out, verdict{s.name, c, len(ratios), m, (slices.Max(ratios) - slices.Min(ratios)) / m})
	}
	return out
}

// peerSeries are the peer's values by round; some peers are no contestants.
func peerSeries(rows []row, s scenario, c comparison) map[int]float64 {
	ours := series(rows, s.name, c.ours, c.of())
	constant := func(v float64) map[int]float64 {
		for round := range ours {
			ours[round] = v
		}
		return ours
	}
	switch c.peer {
	case workersByLatency:
		return constant(256 / 0.002)
	case fiveMillis:
		return constant(5e6)
	case atFirst:
		return series(rows, s.name, c.ours, c.of()+atFirst)
	default:
		return series(rows, s.name, c.peer, c.of())
	}
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}
