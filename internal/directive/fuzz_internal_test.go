package directive

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzArgs: every text is read without a panic, arguments and faults lie
// inside of it, and what was read can be written in quotes and read again.
func FuzzArgs(f *testing.F) {
	for _, s := range []string{
		"", " id=a topics=a,b", ` "group-id=a b"`, ` x="a b" y=` + "`c d`", ` x="a`, ` a = b`, ` =`, ` // note`, ` a=${b:c d}`, "\ta=b\r", ` a="\xff"`, ` é=ü`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("no Go file holds it")
		}
		const offset = 16
		args, wrong := parseArgs(text, offset)
		for _, w := range wrong {
			require.True(t, w.at >= offset && w.at <= offset+len(text), "%q: %+v", text, w)
			require.NotEmpty(t, w.problem)
		}
		var again strings.Builder
		for _, a := range args {
			require.True(t, a.At >= offset && a.ValueAt >= a.At && a.ValueAt <= offset+len(text), "%q: %+v", text, a)
			again.WriteString(" " + strconv.Quote(a.Key+"="+a.Value))
		}
		if len(wrong) > 0 {
			return
		}
		second, wrong := parseArgs(again.String(), offset)
		require.Empty(t, wrong, "%q became %q", text, again.String())
		require.Len(t, second, len(args))
		for i := range args {
			require.Equal(t, strings.TrimSpace(args[i].Key)+"="+args[i].Value, second[i].Key+"="+second[i].Value)
		}
	})
}

// FuzzFile: every Go file is read without a panic, and a package without
// faults becomes a file that is Go, and the same one each time.
func FuzzFile(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		for _, part := range strings.Split(string(text), "\n-- ") {
			if _, source, ok := strings.Cut(part, ".go --\n"); ok {
				f.Add(source)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := func() ([]byte, bool) {
			p := newPackage(token.NewFileSet(), ".", "example.com/fuzz")
			p.concerned = true
			p.add("fuzz.go", []byte(text))
			p.read()
			m := &Module{Path: "example.com/fuzz", Packages: []*Package{p}, configured: map[string]bool{}}
			for _, fault := range m.Check() {
				require.NotEmpty(t, fault.Text(""))
				if !fault.Warning {
					return nil, false
				}
			}
			out, err := p.File()
			require.NoError(t, err)
			return out, out != nil
		}
		out, ok := file()
		if !ok {
			return
		}
		_, err := parser.ParseFile(token.NewFileSet(), GeneratedFile, out, parser.AllErrors)
		require.NoError(t, err, "%s", out)
		again, _ := file()
		require.Equal(t, string(out), string(again))
	})
}
