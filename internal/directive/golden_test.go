package directive_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/directive"
)

// A golden is a module with what the generator makes of it: files below
// want/, or want/faults.
type golden map[string]string

const wanted = "want/"

// readGolden reads a file of "-- name --" headers and texts.
func readGolden(t *testing.T, name string) golden {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	g, at := golden{}, ""
	for line := range strings.Lines(string(text)) {
		if head, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(head, " --\n") {
			at = strings.TrimSuffix(head, " --\n")
			g[at] = ""
			continue
		}
		g[at] += line
	}
	return g
}

// write writes a golden with what was found.
func (g golden) write(t *testing.T, name string, found map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(g[""])
	put := func(m map[string]string, prefix string) {
		for _, k := range sortedKeys(m) {
			if k != "" && !strings.HasPrefix(k, wanted) {
				b.WriteString("-- " + prefix + k + " --\n" + m[k])
			}
		}
	}
	put(g, "")
	put(found, wanted)
	require.NoError(t, os.WriteFile(name, []byte(b.String()), 0o644))
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// unpack writes the module into a folder; a go.mod that is not there is made.
func (g golden) unpack(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if _, ok := g["go.mod"]; !ok {
		require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/shop\n"), 0o600))
	}
	for name, text := range g {
		if name == "" || strings.HasPrefix(name, wanted) {
			continue
		}
		at := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o750))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return root
}

// knownKeys: the nearest ones and their number are left out of the golden files: they grow with the settings.
var knownKeys = regexp.MustCompile(`(one of|the nearest are [a-z., -]* there are) \d+ `)

// generate returns what the generator makes of a module.
func generate(t *testing.T, root string) map[string]string {
	t.Helper()
	m, err := directive.Scan(root)
	require.NoError(t, err)
	out, broken := map[string]string{}, false
	for _, f := range m.Check() {
		out["faults"] += knownKeys.ReplaceAllString(f.Text(""), "… ") + "\n"
		broken = broken || !f.Warning
	}
	if broken {
		return out
	}
	files, err := m.Files()
	require.NoError(t, err)
	for _, f := range files {
		out[f.Path] = string(f.Text)
		if f.Text == nil {
			out[f.Path] = "removed\n"
		}
	}
	return out
}

// TestGolden compares each file of testdata with what the generator makes of
// it, twice: it is deterministic, and writing changes nothing that is right.
func TestGolden(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			g := readGolden(t, name)
			found := generate(t, g.unpack(t))
			if *directive.Update {
				g.write(t, name, found)
				g = readGolden(t, name)
			}
			want := map[string]string{}
			for k, v := range g {
				if file, ok := strings.CutPrefix(k, wanted); ok {
					want[file] = v
				}
			}
			require.Equal(t, want, found, "see it with -update and git diff")
			require.Equal(t, found, generate(t, g.unpack(t)))
		})
	}
}
