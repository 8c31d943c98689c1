//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var two = scenario{
	name: "s", about: "of two", entries: []entry{{name: "a", side: weSide}, {name: "b", side: peerSide}},
	against: []comparison{{ours: "a", peer: "b", must: 2, reach: 3}, {ours: "a", peer: "b", metric: "p99", must: 1, atMost: true}, {ours: "a", peer: "c"}},
}

func rowsOf(entry, metric string, values ...float64) []row {
	var rows []row
	for i, v := range values {
		rows = append(rows, row{"s", entry, i + 1, metric, v})
	}
	return rows
}

// TestLines: ratios are taken round by round; a round that only one has is none.
func TestLines(t *testing.T) {
	rows := slices.Concat(rowsOf("a", "rate", 10, 40, 90, 7), rowsOf("b", "rate", 5, 10, 30), rowsOf("a", "p99", 1, 1, 3), rowsOf("b", "p99", 2, 2, 2))
	want := []string{"bench s a b ratio=3.00 spread=0.67", "bench s/p99 a b ratio=0.50 spread=2.00"}
	if got := lines(rows, two); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	v := verdicts(rows, two)
	if v[0].word(false) != "reached" || v[1].word(false) != "met" || v[0].met(3.5) != "no" {
		t.Error(v)
	}
}

// TestStoreGoesOn: what was written is there for a run that goes on, also
// behind a line that was broken off.
func TestStoreGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.csv")
	s, err := openStore(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.add("s", "a", 1, map[string]float64{"rate": 1.5, "p99": 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.file.WriteString("s,a,2"); err != nil {
		t.Fatal(err)
	}
	rows, err := load(path)
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	s = &store{rows: rows}
	if !s.has("s", "a", 1) || s.has("s", "a", 2) {
		t.Error(s.rows)
	}
}

// TestScenariosFit: names are unique, comparisons are of contestants that are
// there, and a short run has three scenarios with four peers each.
func TestScenariosFit(t *testing.T) {
	names, short := map[string]bool{}, 0
	for _, s := range scenarios() {
		if names[s.name] {
			t.Errorf("%s is there twice", s.name)
		}
		names[s.name] = true
		has := func(name string) bool {
			return slices.ContainsFunc(s.entries, func(e entry) bool { return e.name == name })
		}
		for _, c := range s.against {
			if !has(c.ours) || !has(c.peer) && !slices.Contains([]string{workersByLatency, fiveMillis, atFirst}, c.peer) {
				t.Errorf("%s compares %s with %s", s.name, c.ours, c.peer)
			}
		}
		if brief := s.short(); len(brief.entries) > 0 {
			short++
			peers := 0
			for _, e := range brief.entries {
				if !strings.HasPrefix(e.name, "hearken") {
					peers++
				}
			}
			if peers < 4 || brief.records == 0 {
				t.Errorf("%s: %d peers, %d records in a short run", s.name, peers, brief.records)
			}
		}
	}
	if short != 3 {
		t.Errorf("%d scenarios in a short run", short)
	}
}

func TestSize(t *testing.T) {
	if few := (scenario{records: 600, least: 600}).sized(0.1); few.records != 600 {
		t.Error(few.records)
	}
	s := scenario{records: 1_000_000, least: 100_000}
	for scale, want := range map[float64]int{1: 1_000_000, 2: 1_000_000, 0.5: 500_000, 0.01: 100_000} {
		if got := s.sized(scale).records; got != want {
			t.Errorf("scale %v: %d records", scale, got)
		}
	}
}

// TestTopicsAreTheSame: two who ask have the same keys, and slow keys are those of slow records.
func TestTopicsAreTheSame(t *testing.T) {
	for _, topic := range []topic{{keys: 10}, {keys: 10, random: true, slowEach: 7}, {keys: 10, zipf: 1.1}} {
		a, slow := topic.keysOf(1000)
		if b, _ := topic.keysOf(1000); !slices.Equal(a, b) {
			t.Errorf("%+v differs", topic)
		}
		for i, k := range a {
			if k < 0 || k >= 10 || topic.slow(i) && !slow[k] {
				t.Errorf("%+v: record %d has key %d", topic, i, k)
			}
		}
	}
	if n := len(order(1)); n < 900 || n > 1200 {
		t.Errorf("an order has %d bytes", n)
	}
}

// TestPublish: tables and plots come out of a file of rounds alone.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	var rows []row
	for _, s := range scenarios() {
		for i, e := range s.entries {
			for _, metric := range []string{"rate", "total", "p50", "p99", "redone", "others", "assigned", "handler", "rss", "threads", "cpu-per-record"} {
				rows = append(rows, row{s.name, e.name, 1, metric, float64(1000 * (i + 1))}, row{s.name, e.name, 2, metric, float64(1100 * (i + 1))})
			}
		}
	}
	if err := publish(dir, rows); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lines.txt", "table.md", "table.csv", "readme.md", "batch-1p.svg", "growth-keys.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
