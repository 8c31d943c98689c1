package house_test

import (
	"strings"
	"testing"

	"github.com/hearken-go/hearken/internal/house"
)

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	const documented = "// Package p is a package.\npackage p\n"
	tests := []struct {
		name  string
		path  string
		text  string
		fault string
	}{
		{"fine", "event/event.go", documented, ""},
		{"map at the root", "doc.go", documented, ""},
		{"code at the root", "hearken.go", documented, "hearken.go is at the root"},
		{"long", "event/event.go", documented + strings.Repeat("//\n", 400), "event/event.go has 402 lines"},
		{"no package comment", "event/event.go", "package event\n", "event has no package comment"},
		{"tests need none", "event/event_test.go", "package event\n", ""},
		{"sleep", "event/event_test.go", "package event\n\nfunc f() { time.Sleep(1) }\n", "event/event_test.go:3 calls time.Sleep"},
		{"fake time", "event/event_test.go", "package event\n\nimport (\n\t\"testing/synctest\"\n)\n\nfunc f() { time.Sleep(1) }\n", ""},
		{"a comment about it", "event/event_test.go", "package event\n\n// no time.Sleep here\n", ""},
		{"machine path", "Makefile", "x:\n\tcd /" + "work/main\n", "Makefile:2 names /" + "work/"},
		{"registry", "README.md", "GO" + "PROXY=off\n", "README.md:1 names"},
		{"broken test file", "event/event_test.go", "package\n", "expected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expect(t, house.CheckFiles([]house.File{{Path: tt.path, Text: tt.text}}), tt.fault)
		})
	}
}
