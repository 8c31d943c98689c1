package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

func init() {
	children["templated"] = func() {
		app.New(alone("kafka: {bootstrap-servers: '"+nobody+"', producer: {acks: 1, ssl.key-password: hunter2}}"), talking(), app.Template("audit"), fx.Invoke(func(*template.Template) {})).Run()
	}
	children["foreign"] = func() {
		fx.New(fx.NopLogger, app.Module, alone("kafka.bootstrap-servers: "+nobody), onBilling("orders"), talking(), app.Start()).Run()
	}
	children["foreign faulty"] = func() {
		fx.New(fx.NopLogger, app.Module, alone(""), onBilling("orders"), app.On("orders", (*Billing).OnOrder), talking(), app.Start()).Run()
	}
	children["noted"] = func() {
		app.New(alone("kafka: {bootstrap-servers: '"+nobody+"', listener: {max-attempts: 3}}"), onBilling("orders"), talking()).Run()
	}
	children["started by hand"] = func() {
		a := app.New(alone("kafka.bootstrap-servers: "+nobody), onBilling("orders"), talking())
		fmt.Println(a.Start(context.Background()))
	}
}

// asked runs a child that is asked about itself.
func asked(t *testing.T, child, command string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+child, "HEARKEN_COMMAND="+command)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestRunAnswers: an application that is asked about itself answers, and
// neither starts a listener nor runs a hook.
func TestRunAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		child, command string
		code           int
		stdout         []string
		stderr         string
	}{
		{"clean", "config", 0, []string{"# listener orders (app/run_test.go:", "bootstrap-servers: 127.0.0.1:1", "# yaml:1"}, ""},
		{"clean", "config -json", 0, []string{`"key": "bootstrap-servers"`}, ""},
		{"clean", "doctor -timeout=5s", 1, []string{"broker 127.0.0.1:1: no connection: ", "[broker-unreachable]", "1 listener: 1 error"}, ""},
		{"faulty", "config", 1, []string{`fault: listener "orders" (app/run_test.go:`}, ""},
		{"faulty", "doctor", 1, []string{`fault: listener "orders" (app/run_test.go:`}, ""},
		{"templated", "config", 0, []string{"# template audit (app/command_test.go:", "# template default (app.New)", "ssl.key.password: [redacted]"}, ""},
		{"clean", "migrate", 2, nil, `HEARKEN_COMMAND: "migrate" is no command: it is one of config, doctor, offsets; unset it`},
		{"clean", " ", 2, nil, "is no command"},
		{"foreign", "config", 0, []string{"# listener orders (app/run_test.go:"}, ""},
		{"foreign", "doctor", 1, []string{"[broker-unreachable]"}, ""},
		{"foreign faulty", "config", 1, []string{"fault: listener"}, ""},
		{"started by hand", "config", 0, []string{"HEARKEN_COMMAND is set, which Run answers: nothing is started"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.child+" "+tt.command, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := asked(t, tt.child, tt.command)
			require.Equal(t, tt.code, code, "%s\n%s", stdout, stderr)
			for _, want := range tt.stdout {
				require.Contains(t, stdout, want)
			}
			require.Contains(t, stderr, tt.stderr)
			require.NotRegexp(t, `(?m)^(up|stopping)$`, stdout, "a hook ran")
			require.NotContains(t, stderr, "listener starting")
		})
	}
}

// TestAnswersHaveTheNotes: what is worth a line about the settings is in the
// answer of config, and not beside it as well.
func TestAnswersHaveTheNotes(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"config", "doctor"} {
		stdout, stderr, _ := asked(t, "noted", command)
		require.Equal(t, command == "config", strings.Contains(stdout, "past max-attempts"), stdout)
		require.Empty(t, stderr)
	}
}

// TestValidate: what New finds wrong, without a broker; nothing starts.
func TestValidate(t *testing.T) {
	t.Parallel()
	never := fx.Invoke(func(lc fx.Lifecycle) {
		lc.Append(fx.StartHook(func() { t.Error("a hook ran") }))
	})
	require.NoError(t, app.Validate(alone("kafka.bootstrap-servers: "+nobody), onBilling("orders"), never))
	err := app.Validate(alone("kafka: {colour: red}"), onBilling("orders"),
		app.On("refunds", (*Billing).OnOrder, listener.Topics("refunds"), listener.Factory("none")), never)
	require.ErrorContains(t, err, "kafka.colour")
	require.ErrorIs(t, err, factory.ErrUnknownFactory)
}

// TestSettings: all listeners, each setting with its origin, no secret.
func TestSettings(t *testing.T) {
	t.Parallel()
	a := app.New(alone("kafka: {bootstrap-servers: h:1, properties: {sasl.password: canary-4711}, listeners: {refunds: {concurrency: 3}}}"),
		onBilling("orders"), app.On("refunds", (*Billing).OnOrder, listener.Topics("refunds")))
	require.NoError(t, a.Err())
	text := a.Settings()
	require.Contains(t, text, "# listener orders (app/run_test.go:")
	require.Regexp(t, `concurrency: 3 +# yaml:1\n`, text)
	require.Regexp(t, `concurrency: 1 +# default\n`, text)
	require.NotContains(t, text, "canary")
	require.Empty(t, app.New(alone("kafka: {colour: red}")).Settings())
}
