//go:build unix

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// publish writes what a run has found: the lines, both tables as Markdown and
// CSV, the README's table, and the plots.
func publish(dir string, rows []row) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var all []verdict
	var text []string
	for _, s := range scenarios() {
		all = append(all, verdicts(rows, s)...)
		text = append(text, lines(rows, s)...)
	}
	if len(all) == 0 {
		return nil
	}
	write := func(name, text string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	return errors.Join(
		write("lines.txt", strings.Join(text, "\n")+"\n"),
		write("table.md", preface(rows)+"\n## Comparisons\n\n"+comparisons(all, true)+"\n## Contestants\n"+standings(rows)),
		write("readme.md", comparisons(slices.DeleteFunc(slices.Clone(all), func(v verdict) bool { return v.must == 0 }), false)),
		writeCSV(filepath.Join(dir, "table.csv"), all),
		plots(dir, rows),
	)
}

// preface says what was measured where.
func preface(rows []row) string {
	about := func(metric string) float64 { return series(rows, aboutRun, "machine", metric)[0] }
	return fmt.Sprintf("# Results of `make bench`\n\n%.0f cores that contestants and broker share, %.0f GB of memory; %.0f %% of the records of a full run. "+
		"Ratios are medians over paired rounds; the spread is the highest minus the lowest, by the median.\n",
		about("cores"), about("memory")/1e9, 100*series(rows, aboutRun, "scale", "value")[0])
}

// comparisons is the table of verdicts.
func comparisons(all []verdict, full bool) string {
	var out strings.Builder
	out.WriteString("| scenario | ours | by | ratio | spread | must | reach | |\n|---|---|---|--:|--:|--:|--:|---|\n")
	for _, v := range all {
		sign := "≥"
		if v.atMost {
			sign = "≤"
		}
		target := func(t float64) string {
			if t == 0 {
				return ""
			}
			return fmt.Sprintf("%s %.3g", sign, t)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | **%.2f** | %.2f | %s | %s | %s |\n",
			v.name(), v.ours, v.peer, v.ratio, v.spread, target(v.must), target(v.reach), v.word(full))
	}
	return out.String()
}

// word says how a target was met; full tables tell how many rounds there were, too.
func (v verdict) word(full bool) string {
	var words []string
	switch {
	case v.met(v.reach) == "yes" && v.reach != 0:
		words = append(words, "reached")
	case v.met(v.must) == "yes":
		words = append(words, "met")
	case v.met(v.must) == "no":
		words = append(words, "missed")
	}
	if full {
		words = append(words, fmt.Sprintf("%d rounds", v.rounds))
	}
	return strings.Join(words, ", ")
}

// standings is a table of contestants for each scenario.
func standings(rows []row) string {
	var out strings.Builder
	for _, s := range scenarios() {
		var lines []string
		for _, e := range s.entries {
			if line := standing(rows, s, e); line != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&out, "\n### %s\n%s. Each handles %.0f records, or the part that the table says.\n\n", s.name, strings.ToUpper(s.about[:1])+s.about[1:],
			series(rows, aboutRun, s.name, "records")[0])
		out.WriteString("| contestant | records/s | lowest–highest | CPU µs/record | memory MB | threads | more | commits |\n|---|--:|--:|--:|--:|--:|---|---|\n")
		out.WriteString(strings.Join(lines, ""))
	}
	return out.String()
}

func standing(rows []row, s scenario, e entry) string {
	values := func(metric string) []float64 {
		return slices.Collect(maps.Values(series(rows, s.name, e.name, metric)))
	}
	total := values("total")
	if len(total) == 0 {
		return ""
	}
	rate, span := "", ""
	if rates := values("rate"); len(rates) > 0 {
		rate, span = thousands(median(rates)), thousands(slices.Min(rates))+"–"+thousands(slices.Max(rates))
	}
	var more []string
	if e.part > 1 {
		more = append(more, fmt.Sprintf("1 of %d records", e.part))
	}
	for _, m := range []struct {
		metric, format string
		unit           float64
	}{
		{"handler", "handler %.2f ms", 1e6},
		{"p50", "p50 %.2f ms", 1e6},
		{"p99", "p99 %.2f ms", 1e6},
		{"redone", "%.0f redone", 1},
		{"lost", "%.0f not handled", 1},
		{"others", "others %.0f/s", 1},
		{"resumed", "resumed in %.2f ms", 1e6},
	} {
		if v := values(m.metric); len(v) > 0 && m.metric != "lost" {
			more = append(more, fmt.Sprintf(m.format, median(v)/m.unit))
		} else if len(v) > 0 && slices.Max(v) > 0 { // one is too many
			more = append(more, fmt.Sprintf("up to "+m.format, slices.Max(v)))
		}
	}
	if len(values("rate")) == 0 {
		more = append(more, fmt.Sprintf("done after %.0f ms", median(total)/1e6))
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %.0f | %.0f | %s | %s |\n", e.name, rate, span,
		cpuOf(values("cpu-per-record")), median(values("rss"))/1e6, median(values("threads")), strings.Join(more, ", "), e.promise)
}

// cpuOf writes nanoseconds as microseconds, or nothing.
func cpuOf(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", median(values)/1000)
}

// thousands writes a rate in three digits or so.
func thousands(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.0f k", v/1e3)
	case v >= 1e3:
		return fmt.Sprintf("%.1f k", v/1e3)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

func writeCSV(path string, all []verdict) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	_ = w.Write([]string{"scenario", "metric", "ours", "peer", "ratio", "spread", "rounds", "must", "reach", "less is better", "met", "reached"}) // Error tells
	for _, v := range all {
		_ = w.Write([]string{
			v.scenario, v.of(), v.ours, v.peer, number(v.ratio), number(v.spread), strconv.Itoa(v.rounds),
			number(v.must), number(v.reach), strconv.FormatBool(v.atMost), v.met(v.must), v.met(v.reach),
		})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// machine is what the tables say of it.
func machine() map[string]float64 {
	m := map[string]float64{"cores": float64(runtime.NumCPU())}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return m // another system: the table says 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			m["memory"] = kb * 1024
		}
	}
	return m
}
