package directive_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// compile runs go vet over a module that uses this checkout of hearken.
func compile(t *testing.T, root string) (string, error) {
	t.Helper()
	here, err := filepath.Abs("../..")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(here, "go.mod"))
	require.NoError(t, err)
	mod := strings.Replace(string(text), "module github.com/hearken-go/hearken", "module example.com/shop", 1) +
		"\nrequire github.com/hearken-go/hearken v0.0.0\nreplace github.com/hearken-go/hearken => " + here + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte(mod), 0o600))
	sum, err := os.ReadFile(filepath.Join(here, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.sum"), sum, 0o600))
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestGoldenFilesCompile: what is generated passes the compiler and go vet,
// together with the code that it was generated from.
func TestGoldenFilesCompile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds modules")
	}
	names, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	compiled := 0
	for _, name := range names {
		g := readGolden(t, name)
		root := g.unpack(t)
		files := 0
		for file, text := range g {
			if file, ok := strings.CutPrefix(file, wanted); ok && strings.HasSuffix(file, ".go") && text != "removed\n" {
				require.NoError(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(file)), []byte(text), 0o600))
				files++
			}
		}
		if files == 0 {
			continue
		}
		out, err := compile(t, root)
		require.NoError(t, err, "%s: %s", name, out)
		compiled++
	}
	require.Greater(t, compiled, 4)
}

// TestStaleFilesDoNotCompile: a file of another version's form names a
// constant that this version has not got.
func TestStaleFilesDoNotCompile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds a module")
	}
	g := readGolden(t, "testdata/factories.txt")
	root := g.unpack(t)
	file := "policy/kafka_listeners_gen.go"
	text := strings.Replace(g[wanted+file], "GeneratedV1", "GeneratedV2", 1)
	require.NoError(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(file)), []byte(text), 0o600))
	out, err := compile(t, root)
	require.Error(t, err)
	require.Contains(t, out, "undefined: app.GeneratedV2")
}
