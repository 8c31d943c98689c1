package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"text/template"

	"github.com/hearken-go/hearken/internal/directive"
)

//go:embed skeleton
var skeletons embed.FS

// A service is what the files of a new one are made of.
type service struct {
	Name    string
	Module  string
	Version string // of hearken
	Replace string // a checkout of hearken instead, with slashes; "" is none

	Testify, Fx, Zap string // versions; a test compares them with our own go.mod
}

var (
	serviceName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`) // it names a host, too
	modulePath  = regexp.MustCompile(`^[A-Za-z0-9._~/-]+$`)
)

// reserved are module paths that the go tool keeps for itself.
var reserved = []string{"all", "cmd", "go", "std", "toolchain", "work", "tool"}

// brokerName is what compose.yaml calls the broker.
const brokerName = "kafka"

// create is `hearken new service NAME`.
func create(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 0 || args[0] != "service" {
		say(errs, "hearken: new makes services: hearken new service NAME\n")
		return exitCommand
	}
	s := service{Testify: "v1.12.1", Fx: "v1.24.0", Zap: "v1.28.0"}
	fs := flag.NewFlagSet("hearken new service", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.StringVar(&s.Module, "module", "", "the module's path; NAME unless set")
	fs.StringVar(&s.Replace, "replace", "", "use the checkout of hearken in this folder")
	tidy := fs.Bool("tidy", true, "run go mod tidy, which may need the network")
	names, err := parse(fs, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		return exitCommand
	case len(names) != 1 || !serviceName.MatchString(names[0]):
		say(errs, "hearken: new service takes one NAME, of small letters, digits and hyphens, and not %q\n", names)
		return exitCommand
	}
	s.Name = names[0]
	if s.Module == "" {
		s.Module = s.Name
	}
	if err := s.checkNames(); err != nil {
		return failed(errs, err)
	}
	if err := s.choose(); err != nil {
		return failed(errs, err)
	}
	if err := s.write(s.Name); err != nil {
		return failed(errs, err)
	}
	if *tidy {
		cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
		cmd.Dir, cmd.Stdout, cmd.Stderr = s.Name, errs, errs
		if err := cmd.Run(); err != nil {
			say(errs, "hearken: %s is written, but go mod tidy failed (%v): run it again there\n", s.Name, err)
			return exitFaults
		}
	}
	say(out, "%s is a service: cd %s, then make run, make test\n", s.Name, s.Name)
	return exitFine
}

// checkNames refuses what would make a service that can't be built or run.
func (s *service) checkNames() error {
	if s.Name == brokerName {
		return fmt.Errorf("%s is what compose.yaml calls the broker: choose another name", s.Name)
	}
	standard := false
	if modulePath.MatchString(s.Module) {
		p, err := build.Import(s.Module, "", build.FindOnly)
		standard = err == nil && p.Goroot
	}
	if standard || !modulePath.MatchString(s.Module) || slices.Contains(reserved, s.Module) {
		return fmt.Errorf("%q can't be the path of a module of yours: choose one by -module example.com/%s", s.Module, s.Name)
	}
	return nil
}

// choose finds the hearken that the service will use.
func (s *service) choose() error {
	s.Version = "v0.0.0"
	if s.Replace != "" {
		at, err := filepath.Abs(s.Replace)
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(at, "kafkatest", "go.mod")); err != nil {
			return fmt.Errorf("-replace %s is no checkout of hearken: %w", s.Replace, err)
		}
		s.Replace = filepath.ToSlash(at)
		return nil
	}
	info, ok := debug.ReadBuildInfo()
	local := ok && slices.ContainsFunc(info.Settings, func(b debug.BuildSetting) bool { return strings.HasPrefix(b.Key, "vcs.") })
	if ok && !local && strings.HasPrefix(info.Main.Version, "v") {
		s.Version = info.Main.Version
		return nil
	}
	return errors.New("this hearken was built from a checkout, and no version is known: name the checkout by -replace DIR")
}

// write fills a folder that is not there, or empty.
func (s service) write(dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is there already, and not empty", dir)
	}
	err := fs.WalkDir(skeletons, "skeleton", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return s.writeFile(dir, name)
	})
	if err != nil {
		return err
	}
	m, err := directive.Scan(dir)
	if err != nil {
		return err
	}
	if faults := m.Check(); len(faults) > 0 {
		return errors.New(faults[0].Text(dir))
	}
	files, err := m.Files()
	if err != nil {
		return err
	}
	return m.Write(files)
}

func (s service) writeFile(dir, name string) error {
	text, err := skeletons.ReadFile(name)
	if err != nil {
		return err
	}
	t, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return err
	}
	rel := strings.TrimSuffix(strings.TrimPrefix(name, "skeleton/"), ".tmpl")
	if base, hidden := strings.CutPrefix(path.Base(rel), "dot."); hidden {
		rel = path.Join(path.Dir(rel), "."+base)
	}
	at := filepath.Join(dir, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	return os.WriteFile(at, b.Bytes(), 0o644)
}
