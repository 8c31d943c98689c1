//go:build cgo

package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
)

// look is `hearken config`, `hearken doctor` and `hearken offsets`.
func look(ctx context.Context, name string, args []string, out, errs io.Writer) int {
	var service []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, service = args[:i], args[i+1:]
		if len(service) == 0 {
			say(errs, "hearken: there is no program behind --\n")
			return exitCommand
		}
	}
	c := doctor.Command{Name: name}
	var files []string
	fs := flag.NewFlagSet("hearken "+name, flag.ContinueOnError)
	fs.SetOutput(errs)
	c.Flags(fs)
	fs.Func("file", "read this file instead of searching (repeatable, later ones win)", func(path string) error {
		files = append(files, path)
		return nil
	})
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		return exitCommand
	case fs.NArg() > 0:
		say(errs, "hearken: %q means nothing here; a service goes behind --\n", fs.Arg(0))
		return exitCommand
	case len(service) > 0 && len(files) > 0:
		say(errs, "hearken: a service reads its own files: leave -file out, or set HEARKEN_CONFIG\n")
		return exitCommand
	case len(service) > 0:
		return ask(ctx, c, service, out, errs)
	}
	return alone(ctx, c, files, out, errs)
}

// alone looks at files and environment, without the program.
func alone(ctx context.Context, c doctor.Command, files []string, out, errs io.Writer) int {
	var opts []config.Option
	for _, path := range files {
		opts = append(opts, config.File(path))
	}
	cfg, _ := config.Load(opts...) // its faults are among those of FromConfig
	specs, findings, err := doctor.FromConfig(cfg)
	if c.Name != "config" {
		if err == nil && len(cfg.Listeners()) == 0 {
			say(errs, "hearken: there is nothing under kafka.listeners: give -file, or ask the service itself (-- ./service)\n")
			return exitCommand
		}
		return c.Run(ctx, out, doctor.Service{Specs: specs, Config: cfg, Findings: findings, Err: err})
	}
	if wrong := c.Print(out, doctor.OfConfig(cfg, err)); wrong != nil {
		say(errs, "hearken: %v\n", wrong)
		return exitCommand
	}
	if err != nil {
		return exitFaults
	}
	return exitFine
}

func version(out io.Writer) int {
	v := doctor.Versions() // the client is C inside
	say(out, "hearken %s\nconfluent-kafka-go %s\nlibrdkafka %s\n", v.Hearken, v.Client, v.Librdkafka)
	return exitFine
}
