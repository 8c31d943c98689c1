package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// TestMain is also the services that are asked: `<test binary> service=NAME`.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if name, ok := strings.CutPrefix(os.Args[1], "service="); ok {
			services[name]()
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

const canary = "canary-4711"

func handle(context.Context, listener.Record[string]) error { return nil }

func orders(opts ...listener.Option) listener.Listener {
	return listener.On("orders", handle, append(opts, listener.Topics("orders"))...)
}

func yaml(more string) config.Option {
	return config.YAML([]byte("kafka: {bootstrap-servers: '127.0.0.1:1', properties: {sasl.password: " + canary + "}" + more + "}"))
}

var services = map[string]func(){
	"fine": func() {
		fmt.Println("what a service prints by itself")
		app.New(app.Config(yaml("")), app.Listen(orders())).Run()
	},
	"faulty": func() { app.New(app.Config(yaml(", colour: red")), app.Listen(orders())).Run() },
	"without fx": func() {
		cfg, _ := config.Load(yaml(""))
		specs, err := factory.Specs(cfg, nil, []listener.Listener{orders()})
		if code, asked := doctor.Answer(context.Background(), cfg, specs, err); asked {
			os.Exit(code)
		}
	},
	"killed": func() { // after its answer
		cfg, _ := config.Load(yaml(""))
		specs, err := factory.Specs(cfg, nil, []listener.Listener{orders()})
		doctor.Answer(context.Background(), cfg, specs, err)
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	},
	"deaf": func() { // does not answer, and does not run either
		cfg, _ := config.Load(yaml(""))
		specs, _ := factory.Specs(cfg, nil, []listener.Listener{orders()})
		fmt.Println(container.NewRegistry(nil, specs).Run(context.Background()))
	},
}

// hearken runs the command in a folder of its own.
func hearken(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	t.Logf("hearken %s: %d\n%s%s", strings.Join(args, " "), code, &o, &e)
	require.NotContains(t, o.String()+e.String(), canary)
	return o.String(), e.String(), code
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hearken.yaml")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

const fine = `
kafka:
  bootstrap-servers: 127.0.0.1:1
  properties: {sasl.password: ` + canary + `}
  factories: {slow: {ack-mode: manual}}
  listeners:
    orders: {topics: orders, factory: slow}
    refunds: {factory: of-the-code}
`

func TestConfigOfFiles(t *testing.T) {
	name := file(t, fine)
	more := file(t, "kafka: {listeners: {orders: {concurrency: 7}}}")
	t.Setenv("KAFKA_LISTENERS_ORDERS_GROUP_ID", "from-the-environment")
	out, _, code := hearken(t, "config", "-file", name, "-file", more)
	require.Equal(t, exitFine, code)
	require.Contains(t, out, "# factory slow ("+name+":5)")
	require.Contains(t, out, "# listener refunds ("+name+":8)")
	require.Regexp(t, `concurrency: 7 +# `+more+`:1`, out)
	require.Regexp(t, `ack-mode: MANUAL +# `+name+`:5`, out)
	require.Regexp(t, `group-id: from-the-environment +# env KAFKA_LISTENERS_ORDERS_GROUP_ID`, out)
	require.Contains(t, out, "[redacted]")

	out, _, code = hearken(t, "config", "-json", "-file", name)
	require.Equal(t, exitFine, code)
	var s doctor.Settings
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	require.Len(t, s.Entries, 4)
	require.Equal(t, []string{"kafka", "factory", "listener", "listener"},
		[]string{s.Entries[0].Kind, s.Entries[1].Kind, s.Entries[2].Kind, s.Entries[3].Kind})

	out, _, code = hearken(t, "config", "-file", file(t, fine+"    typo: {topics: x, concurency: 3}\n    wrong: {topics: x, concurrency: 0}\n"))
	require.Equal(t, exitFaults, code)
	require.Contains(t, out, "did you mean concurrency?")
	require.Contains(t, out, "fault: listener \"wrong\"")
	require.Contains(t, out, "# listener orders", "the rest is printed all the same")
}

func TestDoctorOfFiles(t *testing.T) {
	name := file(t, fine)
	out, _, code := hearken(t, "doctor", "-file", name, "-timeout", "5s")
	require.Equal(t, exitFaults, code)
	require.Contains(t, out, "[broker-unreachable]")
	require.Contains(t, out, "[no-topics]")
	require.Contains(t, out, "[factory-in-code]")

	out, _, code = hearken(t, "doctor", "-file", name, "-listener", "ordes", "-json")
	require.Equal(t, exitFaults, code)
	var r doctor.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, "listener-unknown", r.Findings[0].Code)

	_, errs, code := hearken(t, "doctor", "-file", file(t, "kafka: {}"))
	require.Equal(t, exitCommand, code)
	require.Contains(t, errs, "nothing under kafka.listeners")
}

func TestServiceAnswers(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for _, name := range []string{"fine", "without fx"} {
		out, errs, code := hearken(t, "config", "--", self, "service="+name)
		require.Equal(t, exitFine, code)
		require.Contains(t, out, "# listener orders (hearken/main_test.go:")
		require.Regexp(t, `concurrency: 1 +# default`, out)
		require.NotContains(t, out, "what a service prints")
		require.Equal(t, name == "fine", strings.Contains(errs, "what a service prints"))

		out, _, code = hearken(t, "doctor", "-timeout", "5s", "--", self, "service="+name)
		require.Equal(t, exitFaults, code)
		require.Contains(t, out, "[broker-unreachable]")
	}
	out, _, code := hearken(t, "doctor", "-json", "-listener", "nobody", "--", self, "service=fine")
	require.Equal(t, exitFaults, code)
	require.Contains(t, out, `"code": "listener-unknown"`)

	out, _, code = hearken(t, "config", "--", self, "service=faulty")
	require.Equal(t, exitFaults, code)
	require.Contains(t, out, "fault: kafka.colour (yaml:1)")

	_, errs, code := hearken(t, "config", "--", self, "service=deaf")
	require.Equal(t, exitCommand, code)
	require.Contains(t, errs, "this program does not answer it: call doctor.Answer")
	require.Contains(t, errs, "gave no answer")

	out, errs, code = hearken(t, "config", "--", self, "service=killed")
	require.Equal(t, exitCommand, code)
	require.Contains(t, out, "# listener orders")
	require.Contains(t, errs, "answered, and ended with signal: killed")

	_, errs, code = hearken(t, "config", "--", filepath.Join(t.TempDir(), "missing"))
	require.Equal(t, exitCommand, code)
	require.Contains(t, errs, "no such file")
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		code int
		out  string
		errs string
	}{
		{nil, exitCommand, "", "hearken config"},
		{[]string{"help"}, exitFine, "hearken doctor", ""},
		{[]string{"version"}, exitFine, "librdkafka 2.15", ""},
		{[]string{"confg"}, exitCommand, "", `no command "confg"`},
		{[]string{"config", "-h"}, exitFine, "", "-json"},
		{[]string{"doctor", "-h"}, exitFine, "", "-timeout"},
		{[]string{"config", "-timeout", "1s"}, exitCommand, "", "not defined: -timeout"},
		{[]string{"config", "./service"}, exitCommand, "", "behind --"},
		{[]string{"config", "--"}, exitCommand, "", "no program behind --"},
		{[]string{"config", "-file", "x", "--", "./service"}, exitCommand, "", "reads its own files"},
		{[]string{"config", "-file", "missing.yaml"}, exitFaults, "fault: missing.yaml", ""},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			out, errs, code := hearken(t, tt.args...)
			require.Equal(t, tt.code, code)
			require.Contains(t, out, tt.out)
			require.Contains(t, errs, tt.errs)
		})
	}
}
