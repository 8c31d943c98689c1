//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// contestants is the argument that makes this program the one of our contestants.
const contestants = "contestants"

// A side is a program that contestants live in.
type side string

const (
	weSide       side = "hearken"
	peerSide     side = "peers"
	springSide   side = "spring-kafka"
	parallelSide side = "parallel-consumer"
)

func (s side) java() bool { return s == springSide || s == parallelSide }

var (
	errAbsent = errors.New("absent")
	errBroke  = errors.New("broke")
)

// A process is a contestant's program that waits for jobs. One goroutine at a time uses it.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	killed context.CancelFunc
}

// launch starts command; what it has to say goes to log.
func launch(ctx context.Context, command []string, log *os.File) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return &process{cmd, in, bufio.NewReader(out), cancel}, nil
}

// ask gives it a job and returns its figures.
func (p *process) ask(job string) (map[string]float64, error) {
	if _, err := fmt.Fprintln(p.in, job); err != nil {
		return nil, fmt.Errorf("%w: %w", errBroke, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: its process ended: %w", errBroke, err)
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "ok":
		return figures(rest)
	case "absent":
		return nil, fmt.Errorf("%w: %s", errAbsent, rest)
	default:
		return nil, fmt.Errorf("%w: %s", errBroke, rest)
	}
}

func figures(text string) (map[string]float64, error) {
	f := make(map[string]float64)
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, "=")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("figure %s: %w", word, err)
		}
		f[name] = n
	}
	return f, nil
}

// end lets it end by itself.
func (p *process) end() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // what it had to say is in the log
	p.killed()
}

// kill ends it at once.
func (p *process) kill() {
	p.killed()
	_ = p.cmd.Wait() // it was killed
}
