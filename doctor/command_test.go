package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

func TestCommandIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []Command{
		{Name: "config"},
		{Name: "config", JSON: true},
		{Name: "doctor", JSON: true, Within: time.Minute, Instances: 3, Listeners: []string{"a", "b"}},
		{Name: "doctor", Within: defaultWithin, Instances: 1},
	} {
		back, err := ParseCommand(c.String())
		require.NoError(t, err)
		require.Equal(t, c, back)
	}
	for _, text := range []string{"", "  ", "run", "Config", "config -timeout=1s", "doctor -timeout=x", "config now", "doctor -- x"} {
		_, err := ParseCommand(text)
		require.ErrorContains(t, err, "is no command", text)
	}
}

const someSettings = `
kafka:
  bootstrap-servers: 127.0.0.1:1
  properties: {sasl.password: canary-4711}
  factories: {slow: {ack-mode: manual}}
  listeners: {orders: {topics: orders, factory: slow}}
`

func someService(t *testing.T, text string) Service {
	t.Helper()
	cfg, _ := config.Load(config.YAML([]byte(text)), config.Environ())
	specs, findings, err := FromConfig(cfg)
	return Service{Specs: specs, Config: cfg, Findings: findings, Err: err}
}

// TestCommandConfig: every setting with its origin, for people and as JSON;
// faults are the end, and the exit code.
func TestCommandConfig(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.Equal(t, exitFine, Command{Name: "config"}.Run(t.Context(), &out, someService(t, someSettings)))
	require.Contains(t, out.String(), "# listener orders (yaml:6)")
	require.Regexp(t, `ack-mode: MANUAL +# yaml:5\n`, out.String())
	require.Regexp(t, `concurrency: 1 +# default\n`, out.String())
	require.NotContains(t, out.String(), "canary")

	out.Reset()
	require.Equal(t, exitFine, Command{Name: "config", JSON: true}.Run(t.Context(), &out, someService(t, someSettings)))
	var s Settings
	require.NoError(t, json.Unmarshal(out.Bytes(), &s))
	require.Len(t, s.Entries, 1)
	require.Contains(t, s.Entries[0].Title, "listener orders (yaml:6)")
	require.Empty(t, s.Entries[0].Notes)
	require.Contains(t, s.Entries[0].Settings, Setting{"ack-mode", "MANUAL", "yaml:5"})
	require.Contains(t, s.Entries[0].Settings, Setting{"properties.sasl.password", spec.Redacted, "yaml:4"})
	require.NotContains(t, out.String(), "canary")

	out.Reset()
	faulty := someService(t, someSettings+"  listner: {ack-mode: manual}\n")
	require.Equal(t, exitFaults, Command{Name: "config"}.Run(t.Context(), &out, faulty))
	require.Contains(t, out.String(), "fault: kafka.listner.ack-mode (yaml:7)")
	out.Reset()
	require.Equal(t, exitFaults, Command{Name: "doctor"}.Run(t.Context(), &out, faulty), "a cluster is not asked with a faulty configuration")
	require.Contains(t, out.String(), "fault: kafka.listner.ack-mode (yaml:7)")
}

// TestCommandDoctor: findings that are errors are the exit code.
func TestCommandDoctor(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := Command{Name: "doctor", JSON: true, Within: 5 * time.Second}
	require.Equal(t, exitFaults, c.Run(t.Context(), &out, someService(t, someSettings)))
	var r Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	require.Equal(t, "broker-unreachable", r.Findings[0].Code)
	require.NotContains(t, out.String(), "canary")
	out.Reset()
	require.Equal(t, exitFine, Command{Name: "doctor"}.Run(t.Context(), &out, Service{Findings: []Finding{newFinding("no-topics", "a", "its topics", nil)}}))
	require.Contains(t, out.String(), "info     a: its topics")
	require.Equal(t, exitCommand, Command{Name: "doctor"}.Run(t.Context(), broken{}, Service{}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestAnswer: the environment decides, and a word that means nothing is refused.
func TestAnswer(t *testing.T) {
	code, asked := Answer(t.Context(), nil, nil, nil)
	require.False(t, asked)
	require.Zero(t, code)
	require.False(t, Asked())

	t.Setenv(spec.CommandEnv, "migrate")
	require.True(t, Asked())
	code, asked = Answer(t.Context(), nil, nil, nil)
	require.True(t, asked)
	require.Equal(t, exitCommand, code)

	t.Setenv(spec.CommandEnv, "config")
	t.Setenv(spec.AnswerEnv, filepath.Join(t.TempDir(), "missing"))
	code, _ = Answer(t.Context(), nil, nil, nil)
	require.Equal(t, exitCommand, code)

	file := filepath.Join(t.TempDir(), "answer")
	require.NoError(t, os.WriteFile(file, []byte("what was there before, and is longer"), 0o600))
	t.Setenv(spec.AnswerEnv, file)
	s := someService(t, someSettings)
	code, asked = Answer(t.Context(), s.Config, s.Specs, errors.Join(&spec.Fault{Kind: spec.ErrSyntax, Problem: "planted"}))
	require.True(t, asked)
	require.Equal(t, exitFaults, code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "# listener orders")
	require.Contains(t, string(text), "fault: planted\n")
}
