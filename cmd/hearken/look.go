//go:build cgo

package main

import (
	"context"
	"flag"
	"io"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
)

// look is `hearken config`, `hearken doctor` and `hearken offsets`.
func look(ctx context.Context, name string, args []string, out, errs io.Writer) int {
	c := doctor.Command{Name: name}
	fs := flag.NewFlagSet("hearken "+name, flag.ContinueOnError)
	c.Flags(fs)
	at, code, ok := aimed(fs, args, errs)
	switch {
	case !ok:
		return code
	case len(at.service) > 0:
		return ask(ctx, c, at.service, out, errs)
	default:
		return alone(ctx, c, at.files, out, errs)
	}
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
