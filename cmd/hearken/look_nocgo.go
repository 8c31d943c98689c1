//go:build !cgo

package main

import (
	"context"
	"io"
	"runtime/debug"
)

// look and listeners need the client, which is C inside: without cgo hearken
// generates, and that is all.
func look(_ context.Context, name string, _ []string, _, errs io.Writer) int {
	say(errs, "hearken: %s looks through the Kafka client, which needs cgo: build hearken with CGO_ENABLED=1 and a C compiler\n", name)
	return exitCommand
}

func listeners(ctx context.Context, args []string, out, errs io.Writer) int {
	return look(ctx, "listeners", args, out, errs)
}

func letters(ctx context.Context, args []string, out, errs io.Writer) int {
	return look(ctx, "dlt", args, out, errs)
}

func version(out io.Writer) int {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	say(out, "hearken %s, without cgo\n", version)
	return exitFine
}
