//go:build unix

// Command devkafka runs a real Apache Kafka for tests and for trying things out.
//
//	devkafka run [-nodes 3] -- CMD ARGS   run CMD with HEARKEN_TEST_BROKERS set, then stop Kafka
//	devkafka start [-nodes 3] [-port N]   start Kafka in the background, print its bootstrap servers
//	devkafka stop                         stop what start started
//
// run exits as CMD does. Where this machine cannot run Kafka (no Java, no
// Maven), it says so in one line and runs CMD without, so that tests skip what
// they cannot do; with HEARKEN_REQUIRE_KAFKA=1 it exits with 3 instead. Where
// HEARKEN_TEST_BROKERS is set already, it runs CMD against that cluster.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

// unavailable is the exit code when Kafka was required and cannot run here.
const unavailable = 3

func main() { os.Exit(exitCode(dispatch(os.Args[1:]))) }

func dispatch(args []string) error {
	if len(args) == 0 {
		return errors.New("say run, start or stop")
	}
	flags := flag.NewFlagSet("devkafka "+args[0], flag.ContinueOnError)
	nodes := flags.Int("nodes", 1, "how many nodes: 1 or 3")
	port := flags.Int("port", 0, "the first node's port; 0 is a free one")
	dir := flags.String("dir", "", "keep data and logs in this folder")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "run":
		return run(devkafka.Options{Nodes: *nodes, Port: *port, Dir: *dir}, flags.Args())
	case "start":
		return start(*nodes, *port)
	case "serve": // what start starts
		return serve(devkafka.Options{Nodes: *nodes, Port: *port})
	case "stop":
		return stop()
	default:
		return fmt.Errorf("unknown command %q: say run, start or stop", args[0])
	}
}

// exitCode passes a command's own code on; every other error is one line.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return childCode(exit)
	case errors.Is(err, errRequired):
		fmt.Fprintln(os.Stderr, err)
		return unavailable
	default:
		fmt.Fprintln(os.Stderr, "devkafka:", err)
		return 1
	}
}

// childCode is a shell's answer: the child's exit code, or 128 and the signal that ended it.
func childCode(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
