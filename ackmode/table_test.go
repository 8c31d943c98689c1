package ackmode_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
)

// go test ./ackmode -run Documentation -update writes the page again.
//
//go:generate go test -run Documentation -update .
var update = flag.Bool("update", false, "write docs/ackmodes.md from the table")

const page = "../docs/ackmodes.md"

func TestDocumentationIsTheTable(t *testing.T) {
	t.Parallel()
	want := document()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(page), 0o755))
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "docs/ackmodes.md is not what the table says: run this test with -update")
}

func document() string {
	var b strings.Builder
	b.WriteString("<!-- Written from ackmode/row.go by `go test ./ackmode -run Documentation -update`. Do not edit. -->\n\n")
	b.WriteString("# Ack modes\n\n")
	b.WriteString("The mode says who marks a record as done, and when marks are committed to Kafka.\n")
	b.WriteString("Nothing is lost in any of them; the last column says what may run twice.\n")
	b.WriteString("BATCH is the default. Any spelling will do: `MANUAL_IMMEDIATE`, `manual-immediate`.\n\n")
	b.WriteString("| mode | who marks a record | a commit is due | the next record waits for the commit | a kill -9 redoes at most, per partition |\n")
	b.WriteString("|---|---|---|---|---|\n")
	for _, m := range ackmode.All() {
		row := m.Row()
		waits := "no (`commit: pipelined`)"
		if row.Await {
			waits = "yes (`commit: awaited`)"
		}
		b.WriteString("| " + strings.Join([]string{row.Name, row.Doc.Marks, row.Doc.Due, waits, row.Doc.Redo}, " | ") + " |\n")
	}
	return b.String()
}
