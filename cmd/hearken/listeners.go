//go:build cgo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/internal/directive"
)

// listeners is `hearken listeners`: what the comments of a module declare,
// with the settings that are effective. Alone it lays files and environment over the
// comments; a service that is asked knows its code, too.
func listeners(ctx context.Context, args []string, out, errs io.Writer) int {
	c := doctor.Command{Name: "config"}
	fs := flag.NewFlagSet("hearken listeners", flag.ContinueOnError)
	c.Flags(fs)
	dir := fs.String("C", ".", "the module that this folder belongs to")
	at, code, ok := aimed(fs, args, errs)
	if !ok {
		return code
	}
	m, base, err := scan(*dir)
	if err != nil {
		return failed(errs, err)
	}
	if tell(errs, m.Check(), base, false) {
		return exitFaults
	}
	all, err := list(ctx, chosenPrograms(m, *dir), base, at.service, at.files, errs)
	if err != nil {
		return failed(errs, err)
	}
	if err := c.Print(out, all); err != nil {
		return failed(errs, err)
	}
	if len(all.Faults) > 0 {
		return exitFaults
	}
	return exitFine
}

// list puts the programs of a module below each other.
func list(ctx context.Context, programs [][]*directive.Package, base string, service, files []string, errs io.Writer) (doctor.Settings, error) {
	if len(service) > 0 {
		known, err := answered(ctx, service, errs)
		return withDirectives(slices.Concat(programs...), base, known), err
	}
	cfg := configured(files)
	all := doctor.Settings{Entries: []doctor.Entry{}, Warnings: cfg.Warnings, Faults: []string{}}
	for _, program := range programs {
		if !slices.ContainsFunc(program, func(p *directive.Package) bool { return len(p.Declarations) > 0 }) {
			continue
		}
		known := withDirectives(program, base, declaredSettings(cfg, program, base))
		all.Entries = append(all.Entries, known.Entries...)
		for _, fault := range known.Faults {
			if !slices.Contains(all.Faults, fault) {
				all.Faults = append(all.Faults, fault)
			}
		}
	}
	return all, nil
}

// chosenPrograms are all of a module, or the one whose main is in dir.
func chosenPrograms(m *directive.Module, dir string) [][]*directive.Package {
	programs := m.Programs()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return programs
	}
	rel, err := filepath.Rel(m.Root, dir)
	if err != nil {
		return programs
	}
	for _, program := range programs {
		for _, p := range program {
			if p.Name == "main" && p.Dir == filepath.ToSlash(rel) {
				return [][]*directive.Package{program}
			}
		}
	}
	return programs
}

// answered asks a service for all its settings.
func answered(ctx context.Context, service []string, errs io.Writer) (doctor.Settings, error) {
	var answer bytes.Buffer
	if code := ask(ctx, doctor.Command{Name: "config", JSON: true}, service, &answer, errs); code == exitCommand {
		return doctor.Settings{}, errors.New("the service did not answer")
	}
	var s doctor.Settings
	if err := json.Unmarshal(answer.Bytes(), &s); err != nil {
		return doctor.Settings{}, fmt.Errorf("%s gave an answer that can't be read: %w", service[0], err)
	}
	return s, nil
}

func configured(files []string) *config.Config {
	var opts []config.Option
	for _, path := range files {
		opts = append(opts, config.File(path))
	}
	cfg, _ := config.Load(opts...) // its faults are among those of the settings
	return cfg
}
