//go:build unix

package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// A Contestant does a job, counts by the meter, and returns when it has done it
// and has closed its client in order. It returns soon when ctx ends.
type Contestant func(ctx context.Context, j Job, m *Meter) error

// An Absent error says that this build has no such contestant, or not that
// ability of it; nothing is broken.
type Absent string

func (a Absent) Error() string { return string(a) }

// Serve does jobs until standard input ends. Nothing else is written to standard output.
func Serve(contestants map[string]Contestant) {
	out := os.Stdout
	os.Stdout = os.Stderr
	if err := serve(os.Stdin, out, contestants); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer, contestants map[string]Contestant) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		figures, err := do(lines.Text(), contestants)
		if _, err := fmt.Fprintln(out, answer(figures, err)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func do(line string, contestants map[string]Contestant) (map[string]float64, error) {
	j, err := parse(line)
	if err != nil {
		return nil, err
	}
	contestant, ok := contestants[j.Does]
	if !ok {
		return nil, Absent("no contestant " + j.Does)
	}
	debug.FreeOSMemory() // what the round before has left is not this one's
	ctx, cancel := context.WithTimeout(context.Background(), j.Duration("patience", 2*time.Minute))
	defer cancel()
	stop, err := profile(j.Text("profile", ""))
	if err != nil {
		return nil, err
	}
	before := cpu()
	m, err := NewMeter(j)
	if err != nil {
		return nil, err
	}
	err = contestant(ctx, j, m)
	stop()
	if err != nil {
		return nil, err
	}
	if !m.Full() && !m.giveUp() {
		return nil, fmt.Errorf("ended after %d of %d records", m.Seen(), j.Records)
	}
	figures := m.result()
	figures["cpu"] = float64(cpu() - before)
	return figures, nil
}

func answer(figures map[string]float64, err error) string {
	if err != nil {
		word := "fail"
		if _, ok := errors.AsType[Absent](err); ok {
			word = "absent"
		}
		return word + " " + strings.Join(strings.Fields(err.Error()), " ")
	}
	var line strings.Builder
	line.WriteString("ok")
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		fmt.Fprintf(&line, " %s=%g", name, figures[name])
	}
	return line.String()
}

// profile writes a CPU profile to path until stop is called.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}
