package directive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/directive"
	"github.com/hearken-go/hearken/internal/spec"
)

func moduleOf(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o750))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return root
}

func check(t testing.TB, files map[string]string) []directive.Fault {
	t.Helper()
	files["go.mod"] = "module \"example.com/shop\"\n"
	m, err := directive.Scan(moduleOf(t, files))
	require.NoError(t, err)
	require.Equal(t, "example.com/shop", m.Path)
	return m.Check()
}

// with is a file with one function and these comments above it.
func with(comments string) map[string]string {
	return map[string]string{"shop.go": "package shop\n\nimport (\n\t\"context\"\n\n\t\"github.com/hearken-go/hearken/listener\"\n)\n\n" + comments +
		"\nfunc onOrder(context.Context, listener.Record[string]) error { return nil }\n"}
}

// TestEverySettingIsAKey: the table of settings is the one list. Whoever adds
// a setting there has it in directives.
func TestEverySettingIsAKey(t *testing.T) {
	t.Parallel()
	faults := check(t, with("//kafka:listener id=a no-such-key=1"))
	require.Len(t, faults, 1)
	require.Regexp(t, fmt.Sprintf(`^the nearest are \S+-key, \S+, \S+, and there are %d others: docs/configuration.md$`, len(spec.Keys)+2-3), faults[0].Fix)
	for _, k := range spec.Keys {
		require.Empty(t, check(t, with(fmt.Sprintf("//kafka:listener id=a %s=%q", k.Name, "${some.thing:"+k.Example()+"}"))), k.Name)
		if k.Name == "factory" {
			continue // the example is no factory of this module
		}
		require.Empty(t, check(t, with(fmt.Sprintf("//kafka:listener id=a %s=%q", k.Name, k.Example()))), k.Name)
		if k.Scope == spec.FactoryScope {
			require.Empty(t, check(t, map[string]string{"a.go": fmt.Sprintf("//kafka:factory name=a %s=%q\npackage shop\n", k.Name, k.Example())}), k.Name)
		}
	}
}

// TestSecretsAreNotPrinted: what is wrong with a value never shows a password.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	for _, args := range []string{
		"properties.sasl.password=${" + canary, "properties=sasl.password=${" + canary, "properties=" + canary, `properties.sasl.password="` + canary + `"x`,
	} {
		faults := check(t, with("//kafka:listener id=a "+args))
		require.NotEmpty(t, faults, args)
		for _, f := range faults {
			require.NotContains(t, f.Text(""), canary)
		}
	}
}

func TestPositionsAreRelativeToWhereTheyArePrinted(t *testing.T) {
	t.Parallel()
	f := check(t, with("//kafka:listener"))[0]
	require.True(t, strings.HasPrefix(f.Text(""), "shop.go:9:1: "), f.Text(""))
	require.True(t, strings.HasPrefix(f.Text("../up"), filepath.Join("../up", "shop.go")+":9:1: "), f.Text("../up"))
}

func TestFindTheModule(t *testing.T) {
	t.Parallel()
	root := moduleOf(t, map[string]string{"go.mod": "module x\n", "a/b/c.go": "package b\n"})
	got, err := directive.Find(filepath.Join(root, "a", "b"))
	require.NoError(t, err)
	require.Equal(t, root, got)
	_, err = directive.Find(t.TempDir())
	require.ErrorIs(t, err, directive.ErrNoModule)
}

// TestNothingIsWrittenTwice: files that are right keep their time, files that
// have lost their comments go, and others are left alone.
func TestWrite(t *testing.T) {
	t.Parallel()
	files := with("//kafka:listener id=a topics=orders")
	files["go.mod"] = "module example.com/shop\n"
	root := moduleOf(t, files)
	run := func() []directive.File {
		m, err := directive.Scan(root)
		require.NoError(t, err)
		require.Empty(t, m.Check())
		out, err := m.Files()
		require.NoError(t, err)
		require.NoError(t, m.Write(out))
		return out
	}
	require.Len(t, run(), 1)
	require.FileExists(t, filepath.Join(root, directive.GeneratedFile))
	require.Empty(t, run())
	require.NoError(t, os.WriteFile(filepath.Join(root, "shop.go"), []byte("package shop\n"), 0o600))
	require.Len(t, run(), 1)
	require.NoFileExists(t, filepath.Join(root, directive.GeneratedFile))
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, left, 2)
}

// large is a module of 50 packages with 10 files and 10 listeners each.
func large(t testing.TB) string {
	t.Helper()
	files := map[string]string{"go.mod": "module example.com/large\n"}
	var uses, calls strings.Builder
	for p := range 50 {
		for f := range 10 {
			var b strings.Builder
			fmt.Fprintf(&b, "package p%d\n\nimport (\n\t\"context\"\n\n\t\"github.com/hearken-go/hearken/listener\"\n)\n\n", p)
			fmt.Fprintf(&b, "// S%d is a service.\ntype S%d struct{}\n\n//kafka:listener id=p%d-f%d topics=orders group-id=g concurrency=3\n", f, f, p, f)
			fmt.Fprintf(&b, "func (s *S%d) OnOrder(ctx context.Context, r listener.Record[string]) error { return nil }\n", f)
			for i := range 20 {
				fmt.Fprintf(&b, "\nfunc helper%d_%d(a, b int) int {\n\tif a > b {\n\t\treturn a - b\n\t}\n\treturn helper%d_%d(b, a)\n}\n", f, i, f, i)
			}
			files[fmt.Sprintf("p%d/f%d.go", p, f)] = b.String()
		}
		fmt.Fprintf(&uses, "\t\"example.com/large/p%d\"\n", p)
		fmt.Fprintf(&calls, "\tp%d.KafkaListeners()\n", p)
	}
	files["main.go"] = "package main\n\nimport (\n" + uses.String() + ")\n\nfunc main() {\n" + calls.String() + "}\n"
	return moduleOf(t, files)
}

// TestAModuleOfFiftyPackagesTakesLessThanTwoSeconds, with 75 000 lines and 500
// listeners: the best of three, for other tests run beside it.
func TestAModuleOfFiftyPackagesTakesLessThanTwoSeconds(t *testing.T) {
	root := large(t)
	best := time.Hour
	for range 3 {
		began := time.Now()
		m, err := directive.Scan(root)
		require.NoError(t, err)
		require.Empty(t, m.Check())
		files, err := m.Files()
		require.NoError(t, err)
		require.Len(t, files, 50)
		best = min(best, time.Since(began))
	}
	t.Log(best)
	if !underRace { // whose figures say nothing about the tool
		require.Less(t, best, 2*time.Second)
	}
}

func BenchmarkFiftyPackages(b *testing.B) {
	root := large(b)
	for b.Loop() {
		m, err := directive.Scan(root)
		require.NoError(b, err)
		require.Empty(b, m.Check())
	}
}
