//go:build unix

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
)

// A row is one figure of one contestant in one round. Rounds count from 1;
// what is true of the whole run has the scenario "run".
type row struct {
	scenario, entry string
	round           int
	metric          string
	value           float64
}

const aboutRun = "run"

// A store is the file of a run: a row as soon as it is known, so that a run that was
// ended goes on where it was.
type store struct {
	file *os.File
	rows []row
}

func openStore(path string, rows []row) (*store, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &store{f, rows}, nil
}

// add notes the figures of one measurement.
func (s *store) add(scenario, entry string, round int, figures map[string]float64) error {
	w := csv.NewWriter(s.file)
	for _, metric := range sortedKeys(figures) {
		r := row{scenario, entry, round, metric, figures[metric]}
		s.rows = append(s.rows, r)
		if err := w.Write([]string{r.scenario, r.entry, strconv.Itoa(r.round), r.metric, strconv.FormatFloat(r.value, 'g', -1, 64)}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// has reports whether that measurement is there.
func (s *store) has(scenario, entry string, round int) bool {
	return slices.ContainsFunc(s.rows, func(r row) bool { return r.scenario == scenario && r.entry == entry && r.round == round })
}

// load reads a run's file. A last line that is broken off is left out.
func load(path string) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var rows []row
	lines := csv.NewReader(f)
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) || errors.Is(err, csv.ErrFieldCount) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(line) != 5 {
			return nil, fmt.Errorf("%s is no file of a run", path)
		}
		round, err1 := strconv.Atoi(line[2])
		value, err2 := strconv.ParseFloat(line[4], 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		rows = append(rows, row{line[0], line[1], round, line[3], value})
	}
}

// series returns the values of a metric by round.
func series(rows []row, scenario, entry, metric string) map[int]float64 {
	values := make(map[int]float64)
	for _, r := range rows {
		if r.scenario == scenario && r.entry == entry && r.metric == metric {
			values[r.round] = r.value
		}
	}
	return values
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
