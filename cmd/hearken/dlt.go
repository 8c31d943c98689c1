//go:build cgo

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/deadletter"
	"github.com/hearken-go/hearken/internal/letter"
)

const dltUsage = `usage: hearken dlt list [-file F]… [topic…]
       hearken dlt show   [flags] topic
       hearken dlt replay [flags] topic   (says what it would do; -yes does it)
       hearken dlt drop   [flags] topic   (says what it would do; -yes does it)
`

// A dlt is one call of `hearken dlt`.
type dlt struct {
	files      []string
	sel        deadletter.Selection
	toOriginal bool
	yes        bool
	values     bool
	limit      int
	within     time.Duration
}

// letters is `hearken dlt`.
func letters(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 0 || !slices.Contains([]string{"list", "show", "replay", "drop"}, args[0]) {
		say(errs, "%s", dltUsage)
		return exitCommand
	}
	var c dlt
	fs := c.flags(args[0], errs)
	topics, err := parse(fs, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		return exitCommand
	case args[0] != "list" && len(topics) != 1:
		say(errs, "hearken: name one topic\n%s", dltUsage)
		return exitCommand
	}
	var opts []config.Option
	for _, path := range c.files {
		opts = append(opts, config.File(path))
	}
	cfg, err := config.Load(opts...)
	if err != nil {
		return failed(errs, err)
	}
	desk, err := deadletter.Open(cfg)
	if err != nil {
		return failed(errs, err)
	}
	defer desk.Close()
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	if err := c.run(ctx, desk, args[0], topics, out); err != nil {
		return failed(errs, err)
	}
	return exitFine
}

func (c *dlt) flags(name string, errs io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("hearken dlt "+name, flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Func("file", "read this file instead of searching (repeatable, later ones win)", func(path string) error {
		c.files = append(c.files, path)
		return nil
	})
	fs.DurationVar(&c.within, "timeout", 10*time.Minute, "how long it may take")
	if name == "list" {
		return fs
	}
	fs.Func("partition", "only this partition", func(text string) error {
		n, err := strconv.ParseInt(text, 10, 32)
		c.sel.Partition = new(int32(n))
		return err
	})
	fs.Int64Var(&c.sel.From, "from", 0, "only from this offset of the dead-letter topic on")
	fs.Int64Var(&c.sel.To, "to", 0, "only before this offset")
	fs.StringVar(&c.sel.Error, "error", "", "only where this is part of the error's type or text")
	fs.StringVar(&c.sel.Group, "group", "", "only what this group gave up")
	fs.Func("key", "only records with this key", func(text string) error { c.sel.Key = &text; return nil })
	fs.BoolVar(&c.sel.Settled, "all", false, "also what was replayed or dropped before")
	switch name {
	case "show":
		fs.BoolVar(&c.values, "values", false, "show values, which may be private")
		fs.IntVar(&c.limit, "limit", 100, "records that are shown, at most")
	case "replay":
		fs.BoolVar(&c.toOriginal, "to-original", false, "to the original topic: all of its groups see the record again")
		fallthrough
	default:
		fs.BoolVar(&c.yes, "yes", false, "do it")
		fs.BoolFunc("dry-run", "only say what would be done (the default)", func(string) error { c.yes = false; return nil })
	}
	return fs
}

func (c *dlt) run(ctx context.Context, desk *deadletter.Desk, name string, topics []string, out io.Writer) error {
	switch name {
	case "list":
		all, err := desk.List(ctx, topics...)
		for _, t := range all {
			say(out, "%s\t%d open of %d\n", t.Name, t.Open, t.Records)
		}
		if len(all) == 0 && err == nil {
			say(out, "no topic ends with -dlt: name the topics\n")
		}
		return err
	case "show":
		return c.show(ctx, desk, topics[0], out)
	case "drop":
		report, err := desk.Drop(ctx, topics[0], c.sel, !c.yes)
		if err == nil || report.Records > 0 {
			say(out, "%s %d records\n", c.would("dropped"), report.Records)
		}
		return c.hint(err, out)
	default:
		report, err := desk.Replay(ctx, topics[0], c.sel, deadletter.ReplayOptions{ToOriginal: c.toOriginal, DryRun: !c.yes})
		if err == nil || report.Records > 0 {
			say(out, "%s %d records\n", c.would("replayed"), report.Records)
		}
		for _, to := range slices.Sorted(maps.Keys(report.To)) {
			say(out, "  %d to %s\n", report.To[to], to)
		}
		for _, why := range report.Skipped {
			say(out, "  not %s\n", letter.Escape(why, 500))
		}
		for _, note := range report.Notes {
			say(out, "  note: %s\n", letter.Escape(note, 1000))
		}
		return c.hint(err, out)
	}
}

func (c *dlt) would(what string) string {
	if c.yes {
		return what
	}
	return "would have " + what
}

func (c *dlt) hint(err error, out io.Writer) error {
	if !c.yes && err == nil {
		say(out, "nothing was done: -yes does it\n")
	}
	return err
}

// show prints records. What is in them is other people's text: it is escaped.
func (c *dlt) show(ctx context.Context, desk *deadletter.Desk, topic string, out io.Writer) error {
	n := 0
	err := desk.Read(ctx, topic, c.sel, func(r deadletter.Record) bool {
		if n++; n > c.limit {
			say(out, "more is there: -limit %d\n", 10*c.limit)
			return false
		}
		key := "null"
		if r.Key != nil {
			key = fmt.Sprintf("%q", letter.Escape(string(r.Key), 200))
		}
		state := ""
		if r.Settled {
			state = " (dealt with)"
		}
		say(out, "%s[%d]@%d%s key %s, %d bytes, at %s\n", r.Topic, r.Partition, r.Offset, state, key, len(r.Value), r.Timestamp.UTC().Format(time.RFC3339))
		if l := r.Letter; r.Dead {
			say(out, "  from %s[%d]@%d, group %s, listener %s, attempts %d, replays %d\n", l.Topic, l.Partition, l.Offset,
				letter.Escape(l.Group, 200), letter.Escape(l.Listener, 200), l.Attempts, l.Replays)
			say(out, "  %s: %s\n", letter.Escape(l.ErrorType, 200), letter.Escape(l.Error, 1000))
		}
		if c.values {
			say(out, "  value %s\n", letter.Escape(string(r.Value), 2000))
		}
		return true
	})
	if n == 0 && err == nil {
		say(out, "nothing is open\n")
	}
	return err
}
