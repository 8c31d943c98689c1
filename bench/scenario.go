//go:build unix

package main

import (
	"maps"
	"slices"
)

// A scenario is a work that contestants take turns at.
type scenario struct {
	name    string
	about   string
	records int   // of each contestant, at full size
	topic   topic // that they read; its records are the scenario's
	entries []entry
	against []comparison
	how     how      // drain unless set
	seconds int      // that it takes at full size with seven rounds, about: its share of a budget
	fresh   bool     // a new process for each round
	least   int      // records, whatever the budget
	brief   []string // the contestants of a short run; none: it is left out of one
	briefly int      // records of a short run
}

// An entry is a contestant with what it is told.
type entry struct {
	name    string // in lines and tables
	side    side
	does    string
	params  map[string]string
	part    int    // it reads one of so many records: for those that take too long
	topic   *topic // instead of the scenario's
	promise string // when it commits, and what that means
}

// A comparison is a line of the bench: the median over the rounds of ours by
// peer's. With atMost, less is better.
type comparison struct {
	ours, peer  string
	metric      string  // rate unless set
	must, reach float64 // 0: shown, no target
	atMost      bool
}

// Peers of comparisons that are no contestants.
const (
	workersByLatency = "workers/latency" // 256 by 2 ms: what can't be beaten
	fiveMillis       = "5ms"
	atFirst          = "-at-first" // the same contestant, earlier in the round
)

func (c comparison) of() string {
	if c.metric == "" {
		return "rate"
	}
	return c.metric
}

// keep returns s with those of its contestants.
func (s scenario) keep(wanted func(entry) bool) scenario {
	s.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e entry) bool { return !wanted(e) })
	return s
}

// short returns s as a short run has it.
func (s scenario) short() scenario {
	s.records = s.briefly
	return s.keep(func(e entry) bool { return slices.Contains(s.brief, e.name) })
}

// sized returns s for a share of its records.
func (s scenario) sized(scale float64) scenario {
	if n := int(float64(s.records) * scale); n < s.records {
		s.records = min(s.records, max(n/1000*1000, s.least, 1000))
	}
	return s
}

// reads is how many records e handles.
func (s scenario) reads(e entry) int { return max(1, s.records/max(1, e.part)) }

// with returns e with another name and further parameters, in pairs.
func (e entry) with(name string, pairs ...string) entry {
	e.name, e.params = name, maps.Clone(e.params)
	if e.params == nil {
		e.params = make(map[string]string)
	}
	for i := 0; i < len(pairs); i += 2 {
		e.params[pairs[i]] = pairs[i+1]
	}
	return e
}

// told returns e with further parameters, in pairs.
func (e entry) told(pairs ...string) entry { return e.with(e.name, pairs...) }

// one returns e so that it reads one of n records.
func (e entry) one(n int) entry {
	e.part = n
	return e
}

// promising returns e with another promise.
func (e entry) promising(promise string) entry {
	e.promise = promise
	return e
}

// on returns e so that it reads another topic than the others.
func (e entry) on(t topic) entry {
	e.topic = &t
	return e
}

// all returns entries with further parameters, in pairs.
func all(entries []entry, pairs ...string) []entry {
	told := make([]entry, len(entries))
	for i, e := range entries {
		told[i] = e.told(pairs...)
	}
	return told
}
