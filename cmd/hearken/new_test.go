package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const checkout = "../.."

// makeService makes a service in a folder of its own, without asking the network.
func makeService(t *testing.T, name string, flags ...string) string {
	t.Helper()
	here, err := filepath.Abs(checkout)
	require.NoError(t, err)
	dir := t.TempDir()
	t.Chdir(dir)
	args := append(append([]string{"new", "service", "-replace", here, "-tidy=false"}, flags...), name)
	out, _, code := hearken(t, args...)
	require.Equal(t, exitFine, code)
	require.Contains(t, out, "cd "+name)
	return filepath.Join(dir, name)
}

func TestNewService(t *testing.T) {
	root := makeService(t, "billing", "-module", "example.com/billing")
	for _, name := range []string{
		"go.mod", "main.go", "shop.go", "shop_test.go", "kafka_listeners_gen.go", "hearken.yaml", "Dockerfile", "compose.yaml", "Makefile",
		"README.md", ".gitignore", ".dockerignore", "dev/main.go",
	} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NotContains(t, string(text), "{{", name)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(mod), "module example.com/billing\n")
	require.Contains(t, string(mod), "tool github.com/hearken-go/hearken/cmd/hearken\n")
	formatted, err := exec.Command("gofmt", "-l", root).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(formatted))
	_, errs, code := hearken(t, "generate", "-check", "-C", root)
	require.Equal(t, exitFine, code, errs)
}

// A service may be called as YAML calls other things.
func TestNewServiceIsATextInYAML(t *testing.T) {
	compose, err := os.ReadFile(filepath.Join(makeService(t, "null"), "compose.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(compose), "\n  \"null\":\n")
}

// TestNewServiceHasOurVersions: the skeleton names what hearken itself uses.
func TestNewServiceHasOurVersions(t *testing.T) {
	ours, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(makeService(t, "x"), "go.mod"))
	require.NoError(t, err)
	named := regexp.MustCompile(`(?m)^\t(\S+) (v[1-9]\S*)$`).FindAllStringSubmatch(string(mod), -1)
	require.Len(t, named, 3)
	for _, m := range named {
		require.Contains(t, string(ours), m[1]+" "+m[2])
	}
}

func TestNewServiceRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("full/of/things", 0o750))
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"new"}, "hearken new service NAME"},
		{[]string{"new", "service"}, "takes one NAME"},
		{[]string{"new", "service", "Two Words"}, "takes one NAME"},
		{[]string{"new", "service", "-replace", "nowhere", "x"}, "is no checkout of hearken"},
		{[]string{"new", "service", "x"}, "-replace DIR"},
		{[]string{"new", "service", "-x", "y"}, "-x"},
		{[]string{"new", "service", "../x"}, "takes one NAME"},
		{[]string{"new", "service", strings.Repeat("x", 64)}, "takes one NAME"},
		{[]string{"new", "service", "kafka"}, "compose.yaml"},
		{[]string{"new", "service", "context"}, "-module"},
		{[]string{"new", "service", "-module", "net/http", "x"}, "-module"},
		{[]string{"new", "service", "cmd"}, "-module"},
		{[]string{"new", "service", "go"}, "-module"},
		{[]string{"new", "service", "-module", "a b", "x"}, "-module"},
		{[]string{"new", "service", "-module", "x\"\nreplace", "x"}, "-module"},
	} {
		_, errs, code := hearken(t, tt.args...)
		require.Equal(t, exitCommand, code)
		require.Contains(t, errs, tt.want)
	}
}

// TestNewServiceBuildsAndTests: at once, with the go tool alone. It uses what
// the modules of this checkout use, so that nothing has to be fetched.
func TestNewServiceBuildsAndTests(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and tests a module")
	}
	here, err := filepath.Abs(checkout)
	require.NoError(t, err)
	root := makeService(t, "billing")
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOWORK=off", "HEARKEN_TEST_BROKERS=")
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), text)
		return string(text)
	}
	sum, err := os.ReadFile(filepath.Join(here, "examples", "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.sum"), sum, 0o600))
	run("go", "mod", "tidy")
	require.Empty(t, run("go", "tool", "hearken", "generate", "-check"))
	run("go", "vet", "./...")
	require.Contains(t, run("go", "test", "./..."), "ok")
}
