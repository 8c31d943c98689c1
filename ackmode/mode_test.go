package ackmode_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/ackmode"
)

// A constant without a row fails here: the constants come from the source.
func TestEveryConstantHasARow(t *testing.T) {
	t.Parallel()
	names := constants(t)
	require.Len(t, ackmode.All(), len(names), "All() and the constants of mode.go differ")
	for i, m := range ackmode.All() {
		require.True(t, m.Valid(), "%s has no row", names[i])
		row := m.Row()
		require.Equal(t, fold(names[i]), fold(row.Name))
		require.NotZero(t, row.By, "%s: who marks?", m)
		require.NotZero(t, row.When, "%s: when is a commit due?", m)
		require.NotEmpty(t, row.Doc.Marks, m)
		require.NotEmpty(t, row.Doc.Due, m)
		require.NotEmpty(t, row.Doc.Redo, m)
	}
}

// constants returns the names of mode.go's constants of type Mode, in order.
func constants(t *testing.T) []string {
	t.Helper()
	src, err := parser.ParseFile(token.NewFileSet(), "mode.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var names []string
	for _, d := range src.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, s := range g.Specs {
				names = append(names, s.(*ast.ValueSpec).Names[0].Name)
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}

func TestRowsSayWhatTheModesMean(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mode  ackmode.Mode
		by    ackmode.Marker
		when  ackmode.Trigger
		await bool
	}{
		{ackmode.Record, ackmode.ByContainer, ackmode.EachMark, true},
		{ackmode.Batch, ackmode.ByContainer, ackmode.ChunkEnd, false},
		{ackmode.Time, ackmode.ByContainer, ackmode.Elapsed, false},
		{ackmode.Count, ackmode.ByContainer, ackmode.Counted, false},
		{ackmode.CountTime, ackmode.ByContainer, ackmode.Counted | ackmode.Elapsed, false},
		{ackmode.Manual, ackmode.ByHandler, ackmode.ChunkEnd, false},
		{ackmode.ManualImmediate, ackmode.ByHandler, ackmode.EachMark, true},
	}
	require.Len(t, tests, len(ackmode.All()))
	for _, tt := range tests {
		row := tt.mode.Row()
		require.Equal(t, tt.by, row.By, tt.mode)
		require.Equal(t, tt.when, row.When, tt.mode)
		require.Equal(t, tt.await, row.Await, tt.mode)
	}
}

func TestTriggersCombine(t *testing.T) {
	t.Parallel()
	both := ackmode.Counted | ackmode.Elapsed
	require.True(t, both.Has(ackmode.Counted))
	require.True(t, both.Has(ackmode.Elapsed))
	require.False(t, both.Has(ackmode.EachMark))
}

func TestParseReadsEverySpelling(t *testing.T) {
	t.Parallel()
	for _, m := range ackmode.All() {
		name := m.String()
		for _, s := range []string{
			name,
			strings.ToLower(name),
			strings.ReplaceAll(strings.ToLower(name), "_", "-"),
			strings.ReplaceAll(name, "_", " "),
			strings.ReplaceAll(name, "_", ""),
			"  " + name + "\n",
		} {
			got, err := ackmode.Parse(s)
			require.NoError(t, err, s)
			require.Equal(t, m, got, s)
		}
	}
}

func TestUnknownModeNamesTheKnown(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "manuel", "RECORD,BATCH", "Mode(1)"} {
		_, err := ackmode.Parse(s)
		require.Error(t, err, s)
		for _, m := range ackmode.All() {
			require.ErrorContains(t, err, m.String())
		}
		kept := ackmode.Batch
		require.Error(t, kept.UnmarshalText([]byte(s)))
		require.Equal(t, ackmode.Batch, kept, "an error changes nothing")
	}
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := ackmode.Mode(rapid.Uint8().Draw(t, "mode"))
		text, err := m.MarshalText()
		require.Equal(t, m.Valid(), err == nil)
		if err == nil {
			var back ackmode.Mode
			require.NoError(t, back.UnmarshalText(text))
			require.Equal(t, m, back)
		}
	})
}

func TestInvalidModeIsSeen(t *testing.T) {
	t.Parallel()
	var forgotten ackmode.Mode
	require.False(t, forgotten.Valid())
	require.Equal(t, "Mode(0)", forgotten.String())
	require.PanicsWithValue(t, "ackmode: no row for Mode(0)", func() { forgotten.Row() })
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
