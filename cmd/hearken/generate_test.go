package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const handler = `package shop

import (
	"context"

	"github.com/hearken-go/hearken/listener"
)

//kafka:factory name=manual ack-mode=manual
func policy() factory.Option { return nil }

//kafka:listener id=orders topics=orders concurrency=${n:2} properties.sasl.password=` + canary + `
func onOrder(context.Context, listener.Record[string]) error { return nil }

//kafka:listener id=refunds topics=refunds factory=manual
func onRefund(_ context.Context, _ listener.Record[string], ack listener.Acknowledgment) error { return ack.Acknowledge() }
`

var shop = strings.Replace(handler, `"github.com/hearken-go/hearken/listener"`, "\"github.com/hearken-go/hearken/factory\"\n\t\"github.com/hearken-go/hearken/listener\"", 1)

func inModule(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module example.com/shop\n"
	for name, text := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o750))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return root
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	root := inModule(t, map[string]string{"shop/shop.go": shop})
	generated := filepath.Join(root, "shop", "kafka_listeners_gen.go")

	_, errs, code := hearken(t, "generate", "-check", "-C", root)
	require.Equal(t, exitFaults, code)
	require.Contains(t, errs, "kafka_listeners_gen.go is not what the comments say: run hearken generate")
	require.NoFileExists(t, generated)

	out, _, code := hearken(t, "generate", "-C", filepath.Join(root, "shop"))
	require.Equal(t, exitFine, code)
	require.Contains(t, out, "wrote ")
	require.FileExists(t, generated)

	out, errs, code = hearken(t, "generate", "-C", root)
	require.Equal(t, exitFine, code)
	require.Empty(t, out+errs, "nothing has changed")
	_, _, code = hearken(t, "generate", "-check", "-C", root)
	require.Equal(t, exitFine, code)

	require.NoError(t, os.WriteFile(filepath.Join(root, "shop", "shop.go"), []byte("package shop\n"), 0o600))
	_, _, code = hearken(t, "generate", "-check", "-C", root)
	require.Equal(t, exitFaults, code)
	out, _, code = hearken(t, "generate", "-C", root)
	require.Equal(t, exitFine, code)
	require.Contains(t, out, "removed ")
	require.NoFileExists(t, generated)
}

// TestGenerateWritesNothingWhereSomethingIsWrong: all is told, and no file of
// the module is touched.
func TestGenerateWritesNothingWhereSomethingIsWrong(t *testing.T) {
	t.Parallel()
	root := inModule(t, map[string]string{
		"shop/shop.go":   shop,
		"other/other.go": strings.ReplaceAll(shop, "concurrency=${n:2}", "concurency=2"),
	})
	_, errs, code := hearken(t, "generate", "-C", root)
	require.Equal(t, exitFaults, code)
	require.Regexp(t, `other/other\.go:13:42: unknown key concurency; did you mean concurrency\?`, errs)
	require.Regexp(t, `shop/shop\.go:\d+:1: the id orders is taken by other/other\.go:13:1`, errs)
	for _, p := range []string{"shop", "other"} {
		require.NoFileExists(t, filepath.Join(root, p, "kafka_listeners_gen.go"))
	}
}

// TestGenerateWarns of what nobody asks for; -check fails for it.
func TestGenerateWarns(t *testing.T) {
	t.Parallel()
	root := inModule(t, map[string]string{"shop/shop.go": shop, "main.go": "package main\n\nfunc main() {}\n"})
	_, errs, code := hearken(t, "generate", "-C", root)
	require.Equal(t, exitFine, code)
	require.Contains(t, errs, "warning: nobody calls shop.KafkaListeners()")
	_, errs, code = hearken(t, "generate", "-check", "-C", root)
	require.Equal(t, exitFaults, code)
	require.Contains(t, errs, "nobody calls shop.KafkaListeners()")
}

func TestGenerateWithoutAModule(t *testing.T) {
	t.Parallel()
	_, errs, code := hearken(t, "generate", "-C", t.TempDir())
	require.Equal(t, exitCommand, code)
	require.Contains(t, errs, "no go.mod")
}

// TestGenerateNeedsNoCompiler: without cgo there is a hearken that generates.
func TestGenerateNeedsNoCompiler(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds a program")
	}
	program := filepath.Join(t.TempDir(), "hearken")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	root := inModule(t, map[string]string{"shop/shop.go": shop})
	cmd := exec.Command(program, "generate")
	cmd.Dir = root
	text, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	require.Equal(t, "wrote shop/kafka_listeners_gen.go\n", filepath.ToSlash(string(text)))
	text, err = exec.Command(program, "config").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(text), "needs cgo")
}

func TestListeners(t *testing.T) {
	t.Parallel()
	root := inModule(t, map[string]string{"shop/shop.go": shop})
	settings := file(t, "kafka: {bootstrap-servers: '127.0.0.1:1', allow-insecure: true, listeners: {refunds: {ack-mode: manual-immediate}, by-hand: {concurrency: 3}}}\n")
	out, errs, code := hearken(t, "listeners", "-C", root, "-file", settings)
	require.Equal(t, exitFine, code, errs)
	require.Regexp(t, `# factory manual \(\S*shop/shop\.go:10\)\n# policy has the last word\nack-mode: manual +# \S*shop/shop\.go:10`, out)
	require.Regexp(t, `# listener orders \(\S*shop/shop\.go:13\): On of onOrder, package example.com/shop/shop`, out)
	require.Regexp(t, `concurrency: 2 +# \S*shop/shop\.go:13`, out)
	require.Regexp(t, `ack-mode: MANUAL_IMMEDIATE +# `+settings+`:1`, out)
	require.Contains(t, out, "[redacted]")
	require.NotContains(t, out, "by-hand", "that one is the code's")

	out, _, code = hearken(t, "listeners", "-C", root, "-json", "-file", file(t, "kafka: {colour: red}"))
	require.Equal(t, exitFaults, code)
	require.Contains(t, out, `"kafka.colour (`)
	require.Contains(t, out, `"orders"`, "what is declared is printed all the same")

	self, err := os.Executable()
	require.NoError(t, err)
	out, _, code = hearken(t, "listeners", "-C", root, "--", self, "service=fine")
	require.Equal(t, exitFine, code)
	require.Regexp(t, `# listener orders \(\S*shop/shop\.go:13\): On of onOrder`, out)
	require.Regexp(t, `concurrency: 1 +# default`, out, "what the service runs with")
	require.Regexp(t, `# listener refunds .*\n# the service does not have it: is shop.KafkaListeners\(\) given to it\?`, out)

	two := inModule(t, map[string]string{
		"a/main.go": strings.Replace(shop, "package shop", "package main", 1) + "\nfunc main() { KafkaListeners() }\n",
		"b/main.go": strings.NewReplacer("package shop", "package main", "${n:2}", "7").Replace(shop) + "\nfunc main() { KafkaListeners() }\n",
	})
	plain := file(t, "kafka: {bootstrap-servers: '127.0.0.1:1', allow-insecure: true}")
	out, _, code = hearken(t, "listeners", "-C", two, "-file", plain)
	require.Equal(t, exitFine, code)
	require.Regexp(t, `(?s)concurrency: 2 +# \S*a/main.go:13.*concurrency: 7 +# \S*b/main.go:13`, out, "programs with the same ids")
	out, _, code = hearken(t, "listeners", "-C", filepath.Join(two, "b"), "-file", plain)
	require.Equal(t, exitFine, code)
	require.NotContains(t, out, "a/main.go", "of the program in this folder alone")

	_, errs, code = hearken(t, "listeners", "-C", inModule(t, map[string]string{"a.go": "package a\n\n// kafka:listener id=x\nfunc f() {}\n"}))
	require.Equal(t, exitFaults, code)
	require.Contains(t, errs, "is no directive")
}
