package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
)

// fromYAML is FromConfig of a text.
func fromYAML(t *testing.T, text string) ([]container.Spec, []Finding, error) {
	t.Helper()
	cfg, _ := config.Load(config.YAML([]byte(text)), config.Environ())
	return FromConfig(cfg)
}

// TestFromConfig: entries become specs whatever shape of handler they need;
// what only the code knows is said.
func TestFromConfig(t *testing.T) {
	t.Parallel()
	specs, findings, err := fromYAML(t, `
kafka:
  bootstrap-servers: b1:9092
  consumer: {auto-offset-reset: none}
  factories:
    slow: {ack-mode: manual-immediate}
    many: {batch: true}
    both: {batch: true, ack-mode: manual}
  listeners:
    plain: {topics: orders, group-id: billing}
    slow: {topics: orders, factory: slow}
    many: {topics: orders, factory: many}
    both: {topics: orders, factory: both, concurrency: 3}
    code: {topics: orders, factory: of-the-code}
    blind: {concurrency: 2}
`)
	require.NoError(t, err)
	byID := map[string]container.Spec{}
	for _, s := range specs {
		byID[s.ID] = s
	}
	require.Len(t, byID, 5)
	require.NotContains(t, byID, "blind")
	require.Equal(t, "billing", byID["plain"].Group)
	require.Equal(t, "b1:9092", byID["plain"].Client["bootstrap.servers"])
	require.Equal(t, 3, byID["both"].Concurrency)
	require.True(t, byID["slow"].Shape.Acks)
	require.True(t, byID["both"].Shape.Batch)
	require.Len(t, findings, 2)
	got := map[string]Finding{}
	for _, f := range findings {
		got[f.Code] = f
	}
	require.Equal(t, "blind", got["no-topics"].Listener)
	require.Contains(t, got["factory-in-code"].Problem, "factory of-the-code")
}

// TestFromConfigFaults: all faults at once, those of the layers among them.
func TestFromConfigFaults(t *testing.T) {
	t.Parallel()
	_, _, err := fromYAML(t, `
kafka:
  listener: {concurency: 3}
  listeners:
    a: {topics: orders, concurrency: 0}
    b: {properties: {fetch.wait.mx.ms: 3}}
`)
	var lines []string
	for _, f := range Faults(err) {
		lines = append(lines, f.Error())
	}
	require.Len(t, lines, 3, "%q", lines)
	require.Contains(t, lines[0], "concurrency?")
	require.Nil(t, Faults(nil))
}

// TestConfigAloneShowsTheClusterOfAListener: what is printed is what will be
// connected to, and with which credentials.
func TestConfigAloneShowsTheClusterOfAListener(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.Environ(), config.YAML([]byte(`
kafka:
  bootstrap-servers: main:9092
  properties: {security.protocol: sasl_ssl, sasl.password: canary}
  clusters: {dr: {bootstrap-servers: "dr:9092"}}
  factories: {far: {cluster: dr}}
  listeners:
    orders: {cluster: dr, topics: orders}
    bills: {factory: far, topics: bills}
    here: {topics: here}
`)))
	require.NoError(t, err)
	got := map[string]map[string]string{}
	for _, e := range OfConfig(cfg, nil).Entries {
		got[e.Name] = map[string]string{}
		for _, s := range e.Settings {
			got[e.Name][s.Key] = s.Value
		}
	}
	for _, name := range []string{"orders", "bills", "far"} {
		require.Equal(t, "dr:9092", got[name]["bootstrap-servers"], name)
		require.NotContains(t, got[name], "properties.sasl.password", name)
	}
	require.Equal(t, "main:9092", got["here"]["bootstrap-servers"])
	require.Equal(t, "[redacted]", got["here"]["properties.sasl.password"])
}

// TestFromConfigWithoutListeners: what a file says to all is checked, too.
func TestFromConfigWithoutListeners(t *testing.T) {
	t.Parallel()
	_, _, err := fromYAML(t, "kafka: {listener: {concurrency: 0}, properties: {fetch.wait.mx.ms: 3}}")
	require.Len(t, Faults(err), 2, "%v", err)
}
