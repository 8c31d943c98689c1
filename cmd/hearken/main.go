// Hearken writes the registration of annotated listeners, begins services, and
// looks at services that are built on hearken:
//
//	hearken generate                      //kafka: comments become each package's kafka_listeners_gen.go
//	hearken generate -check               whether they are up to date, for CI
//	hearken listeners                     what a module's comments declare, with effective settings
//	hearken new service NAME              a service that builds, tests and runs
//	hearken config                        what files and environment set, and where
//	hearken config -- ./service args…     every effective setting of the service
//	hearken doctor                        the listeners of the configuration against their cluster
//	hearken doctor -- ./service args…     the listeners of the service against their cluster
//	hearken dlt list|show|replay|drop     what is in dead-letter topics, and what becomes of it
//	hearken offsets                       how far the groups are, and what is done above that; also -- ./service
//	hearken version
//
// Behind --, the service itself is run, with HEARKEN_COMMAND in its environment:
// it answers and ends before anything starts. The exit code is 0; 1 where there
// are faults, or findings that are errors; 2 where the command can't be carried out.
//
// Generate and new read and write Go and need no C compiler: CGO_ENABLED=0 builds a
// hearken that has them alone.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const (
	exitFine    = 0
	exitFaults  = 1
	exitCommand = 2
)

const usage = `hearken generates listeners, and looks at services that are built on hearken.

  hearken generate [-check] [-C DIR]     writes kafka_listeners_gen.go for the //kafka: comments of the module
  hearken listeners [-C DIR] [-file F]… [-json] [-- ./service args…]
                                         what those comments declare, with effective settings and origins
  hearken new service [-module PATH] [-replace DIR] NAME
                                         a service that builds, tests and runs, in folder NAME
  hearken config [-file F]… [-json]      what files and environment set, and where
  hearken doctor [-file F]… [-listener ID]… [-timeout 15s] [-instances 1] [-json]
                                         the listeners of the configuration against their cluster
  hearken offsets [-file F]… [-listener ID]… [-timeout 15s] [-json]
                                         how far the listeners' groups are: committed offset, what is done above it, lag
  hearken config [-json] -- ./service args…
  hearken doctor [-listener ID]… [-timeout 15s] [-instances 1] [-json] -- ./service args…
  hearken offsets [-listener ID]… [-timeout 15s] [-json] -- ./service args…
                                         the same of a service: with what its code sets
  hearken dlt list [-file F]… [topic…]   dead-letter topics, and how much is open in them
  hearken dlt show|replay|drop [flags] topic
                                         what is in one; sends it again; leaves it out from now on
  hearken version                        versions of hearken, the client and librdkafka
  hearken help

Behind --, the service is run with HEARKEN_COMMAND in its environment: it answers
and ends before a listener or a hook starts. Without -file, the files are found as
a service in this directory would find them.

Exit code: 0, 1 (faults, or findings that are errors), 2 (the command can't be carried out).
`

// run is main with everything it touches.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		say(errs, "%s", usage)
		return exitCommand
	}
	switch args[0] {
	case "config", "doctor", "offsets":
		return look(ctx, args[0], args[1:], out, errs)
	case "generate":
		return generate(args[1:], out, errs)
	case "listeners":
		return listeners(ctx, args[1:], out, errs)
	case "new":
		return create(ctx, args[1:], out, errs)
	case "dlt":
		return letters(ctx, args[1:], out, errs)
	case "version", "-version", "--version":
		return version(out)
	case "help", "-h", "-help", "--help":
		say(out, "%s", usage)
		return exitFine
	default:
		say(errs, "hearken: there is no command %q\n\n%s", args[0], usage)
		return exitCommand
	}
}

// say prints; nobody is left to hear that it did not work.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
