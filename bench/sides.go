//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sides are the contestants' programs, started when they are first needed and
// kept, so that JVMs stay warm.
type sides struct {
	commands map[side][]string
	missing  map[side]error
	live     map[string]*process // by place
	log      *os.File
	built    string // the program of the Go peers, where it is ours to remove
}

// prepare finds or builds the programs that entries need. A side that can't be had is
// in missing.
func prepare(ctx context.Context, o options, chosen []scenario, log *os.File) (*sides, error) {
	s := &sides{commands: make(map[side][]string), missing: make(map[side]error), live: make(map[string]*process), log: log}
	for _, scenario := range chosen {
		for _, e := range scenario.entries {
			if s.commands[e.side] != nil || s.missing[e.side] != nil {
				continue
			}
			command, err := s.build(ctx, o, e.side)
			if errors.Is(err, errNoJava) && !required() {
				s.missing[e.side] = err
				fmt.Printf("bench: left out: %s: %v\n", e.side, err)
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.side, err)
			}
			s.commands[e.side] = command
		}
	}
	return s, nil
}

func (s *sides) build(ctx context.Context, o options, which side) ([]string, error) {
	switch {
	case which.java():
		return javaCommand(ctx, which)
	case which == weSide:
		self, err := os.Executable()
		return []string{self, contestants}, err
	case o.peers != "":
		return []string{o.peers}, nil
	}
	program := filepath.Join(os.TempDir(), fmt.Sprintf("hearken-bench-peers-%d", os.Getpid()))
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = "peers"
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build ./peers: %w: %s", err, out)
	}
	s.built = program
	return []string{program}, nil
}

// place says which process e lives in: one for each contestant, but one JVM for each of its programs, which takes long to warm up.
func place(e entry) string {
	if e.side.java() {
		return string(e.side)
	}
	return string(e.side) + "/" + e.name
}

// get returns the process of e, a running one unless a new one is asked for.
func (s *sides) get(ctx context.Context, e entry, fresh bool) (*process, error) {
	if p := s.live[place(e)]; p != nil {
		if !fresh {
			return p, nil
		}
		p.end()
		delete(s.live, place(e))
	}
	p, err := launch(context.WithoutCancel(ctx), s.commands[e.side], s.log) // it outlives its first job
	if err != nil {
		return nil, err
	}
	s.live[place(e)] = p
	return p, nil
}

// drop kills the process of e: the next one is a new one.
func (s *sides) drop(e entry) {
	if p := s.live[place(e)]; p != nil {
		p.kill()
		delete(s.live, place(e))
	}
}

// leave ends the processes that the next scenario does not go on with: all but the JVMs.
func (s *sides) leave() {
	for where, p := range s.live {
		if !side(where).java() {
			p.end()
			delete(s.live, where)
		}
	}
}

func (s *sides) close() {
	for _, p := range s.live {
		p.end()
	}
	if s.built != "" {
		_ = os.Remove(s.built) // a leftover in the temporary folder harms nobody
	}
}
