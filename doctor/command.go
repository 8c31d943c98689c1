package doctor

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
)

// The exit codes of a command.
const (
	exitFine    = 0
	exitFaults  = 1 // faults of the configuration, or findings that are errors
	exitCommand = 2 // the command itself can't be carried out
)

var commands = []string{"config", "doctor", "offsets"}

// A Command is what `hearken config` and `hearken doctor` ask of a service, in
// its environment.
type Command struct {
	Name      string // config, doctor, offsets
	JSON      bool
	Listeners []string // those to look at; none is all of them
	Within    time.Duration
	Instances int
}

// Flags registers the flags of a command.
func (c *Command) Flags(fs *flag.FlagSet) {
	fs.BoolVar(&c.JSON, "json", c.JSON, "print JSON")
	if c.Name == "config" {
		return
	}
	fs.DurationVar(&c.Within, "timeout", defaultWithin, "how long it may take")
	if c.Name == "doctor" {
		fs.IntVar(&c.Instances, "instances", 1, "how many processes of the service run at once")
	}
	fs.Func("listener", "look at the listener with this id alone (repeatable)", func(id string) error {
		c.Listeners = append(c.Listeners, id)
		return nil
	})
}

// ParseCommand reads what String returns.
func ParseCommand(text string) (Command, error) {
	words := strings.Fields(text)
	if len(words) == 0 || !slices.Contains(commands, words[0]) {
		return Command{}, fmt.Errorf("%q is no command: it is one of %s", text, strings.Join(commands, ", "))
	}
	c := Command{Name: words[0]}
	fs := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.Flags(fs)
	if err := fs.Parse(words[1:]); err != nil {
		return Command{}, fmt.Errorf("%q is no command: %w", text, err)
	}
	if fs.NArg() > 0 {
		return Command{}, fmt.Errorf("%q is no command: %q means nothing", text, fs.Arg(0))
	}
	return c, nil
}

// String returns the command as the environment holds it.
func (c Command) String() string {
	words := []string{c.Name}
	if c.JSON {
		words = append(words, "-json")
	}
	if c.Name != "config" {
		words = append(words, "-timeout="+c.Within.String())
		if c.Name == "doctor" {
			words = append(words, fmt.Sprintf("-instances=%d", c.Instances))
		}
		for _, id := range c.Listeners {
			words = append(words, "-listener="+id)
		}
	}
	return strings.Join(words, " ")
}

// Asked reports whether the environment (HEARKEN_COMMAND) asks this process
// about itself: then it must not run.
func Asked() bool { return os.Getenv(spec.CommandEnv) != "" }

// Answer carries out the command of the environment and returns the exit code
// to end with. asked is false where there is no command: then run.
//
// It is for programs that do not use package app, which calls it by itself.
// specs and err are what factory.Specs returned, templates what
// factory.TemplateSpecs did; nothing is started.
//
//	specs, err := factory.Specs(cfg, factories, listeners)
//	if code, asked := doctor.Answer(ctx, cfg, specs, err); asked {
//		os.Exit(code)
//	}
func Answer(ctx context.Context, cfg *config.Config, specs []container.Spec, err error, templates ...factory.TemplateSpec) (code int, asked bool) {
	if !Asked() {
		return 0, false
	}
	text := os.Getenv(spec.CommandEnv)
	c, wrong := ParseCommand(text)
	if wrong != nil {
		fmt.Fprintf(os.Stderr, "hearken: %s: %v; unset it to run the service\n", spec.CommandEnv, wrong)
		return exitCommand, true
	}
	out, wrong := answerTo()
	if wrong != nil {
		fmt.Fprintf(os.Stderr, "hearken: %s: %v\n", spec.AnswerEnv, wrong)
		return exitCommand, true
	}
	code = c.Run(ctx, out, Service{Specs: specs, Templates: templates, Config: cfg, Err: err})
	if wrong = out.Close(); wrong != nil {
		fmt.Fprintln(os.Stderr, "hearken:", wrong)
		return exitCommand, true
	}
	return code, true
}

// answerTo is where the answer goes: a file, so that what the service prints
// by itself does not get into it, or stdout.
func answerTo() (*os.File, error) {
	if name := os.Getenv(spec.AnswerEnv); name != "" {
		return os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	}
	return os.Stdout, nil
}

// A Service is what a command looks at.
type Service struct {
	Specs     []container.Spec
	Templates []factory.TemplateSpec
	Config    *config.Config // for its warnings; may be nil
	Findings  []Finding      // that are known already
	Err       error          // what is wrong with the configuration, joined
}

// Run carries the command out and returns the exit code: 0, 1 where there are
// faults or findings that are errors, 2 where the answer can't be written.
func (c Command) Run(ctx context.Context, out io.Writer, s Service) int {
	var err error
	worst := exitFine
	switch {
	case c.Name == "config" || s.Err != nil:
		p := printedService(s)
		err = c.print(out, p, p.Write)
	case c.Name == "offsets":
		o := GroupsOffsets(ctx, s.Specs, Within(c.Within), Only(c.Listeners...))
		err = c.print(out, o, o.Write)
		if len(o.Problems) > 0 {
			worst = exitFaults
		}
	default:
		r := Run(ctx, s.Specs, Within(c.Within), Only(c.Listeners...), Instances(c.Instances))
		r.add(s.Findings)
		err = c.print(out, r, r.Write)
		if r.Worst() == Error {
			worst = exitFaults
		}
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "hearken:", err)
		return exitCommand
	case s.Err != nil:
		return exitFaults
	}
	return worst
}
