package factory_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/template"
)

func templates(t *testing.T, text string, recipes ...factory.TemplateRecipe) ([]factory.TemplateSpec, error) {
	t.Helper()
	cfg, err := config.Load(config.YAML([]byte(text)), config.Environ("WHO=pod-7"), config.Hostname("here"))
	require.NoError(t, err)
	return factory.TemplateSpecs(cfg, recipes)
}

func TestTemplatesOfConfigurationAndCode(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("hunter2\n"), 0o600))
	specs, err := templates(t, `
kafka:
  bootstrap-servers: a:1
  properties: {session.timeout.ms: 6000, client.rack: r}
  sasl: {username: me, password: hunter2, mechanism: SCRAM-SHA-256}
  security.protocol: sasl_ssl
  producer: {acks: 1, properties: {linger.ms: 5}}
  producers: {audit: {compression-type: zstd}, money: {acks: all}}
  template: {default-topic: orders}
`,
		factory.Template("default", template.WithAcks(template.AcksNone), template.WithProperty("sasl.password-file", file)),
		factory.Template("audit", template.WithAcks(template.AcksAll), template.WithCompression("gzip"), template.WithDefaultTopic("audit-${WHO}"),
			template.WithLinger(time.Millisecond), template.WithCloseTimeout(time.Second)),
		factory.Template("money", template.WithTransactionIDPrefix("money-"), template.WithInstance("${WHO}"), template.WithMaxTransactions(3),
			template.WithTransactionTimeout(5*time.Second), template.WithDeliveryTimeout(4*time.Second), template.WithNonTransactional(true),
			template.WithClientID("m"), template.WithIdempotence(true), template.WithRoute("audit.*", "audit"),
			template.WithProperty("ssl.key.password", "hunter2")),
	)
	require.NoError(t, err)
	plain, audit, money := specs[0].Options, specs[1].Options, specs[2].Options
	require.Equal(t, []any{template.AcksLeader, "orders", "a:1"}, []any{plain.Acks, plain.DefaultTopic, plain.BootstrapServers}, "configuration has the last word")
	require.Equal(t, file, plain.Properties["sasl.password-file"])
	require.NotContains(t, plain.Properties, "session.timeout.ms", "what consumers are told")
	require.Equal(t, "r", plain.Properties["client.rack"])
	require.Equal(t, []any{template.AcksAll, "audit-pod-7", "zstd", "1", time.Second},
		[]any{audit.Acks, audit.DefaultTopic, audit.Compression, audit.Properties["linger.ms"], audit.CloseTimeout})
	require.Equal(t, []any{"money-", "pod-7", 3, 5 * time.Second, 4 * time.Second, true, "m"},
		[]any{money.TransactionIDPrefix, money.Instance, money.MaxTransactions, money.TransactionTimeout, money.DeliveryTimeout, money.AllowNonTransactional, money.ClientID})
	require.Equal(t, []template.NamedRoute{{Topics: "audit.*", Template: "audit"}}, specs[2].Routes)
	text := specs[0].Text + specs[2].Text
	require.NotContains(t, text, "hunter2")
	for _, line := range []string{
		"# template default (templates_test.go:", `acks: 1 +# yaml:7`, `properties.linger.ms: 5 +# yaml:7`, `transaction-id-prefix: money- +# code templates_test.go:`,
		`client-id: hearken-default +# default`, `properties.ssl.key.password: \[redacted\] +# code`, `# topics audit.\* go by the template audit`,
	} {
		require.Regexp(t, strings.ReplaceAll(line, "(t", `\(t`), text)
	}
}

func TestFaultsOfTemplates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text    string
		recipes []factory.TemplateRecipe
		kind    error
		says    []string
	}{
		"weak security": {
			"kafka: {bootstrap-servers: 'a:1', producer: {security.protocol: sasl_plaintext, sasl: {mechanism: PLAIN, username: u, password: hunter2}}}",
			nil, factory.ErrInsecure,
			[]string{"security.protocol (yaml:1)", "allow-insecure: true"},
		},
		"no verification": {
			"",
			[]factory.TemplateRecipe{factory.Template("a", template.WithProperty("enable.ssl.certificate.verification", "false"))},
			factory.ErrInsecure,
			[]string{`template "a" (templates_test.go:`, "properties.enable.ssl.certificate.verification (code templates_test.go:"},
		},
		"unknown property":       {"kafka.producer.properties.linger.msec: 5", nil, factory.ErrUnknownProperty, []string{"properties.linger.msec (yaml:1)", "linger.ms"}},
		"refused value":          {"kafka.producer.batch-size: 0", nil, factory.ErrInvalidSetting, []string{"batch-size (yaml:1): 0 is out of range"}},
		"client's range":         {"kafka.producer.properties.linger.ms: -5", nil, factory.ErrInvalidSetting, []string{"properties.linger.ms (yaml:1): the client refuses it"}},
		"acks and prefix":        {"kafka: {producer: {acks: 1}, template: {transaction-id-prefix: tx}}", nil, factory.ErrContradiction, []string{"acks (yaml:1): acks 1 beside transaction-id-prefix (yaml:1)"}},
		"idempotence and prefix": {"kafka.producer: {transaction-id-prefix: tx, properties: {enable.idempotence: false}}", nil, factory.ErrContradiction, []string{"is off beside"}},
		"idempotence and acks":   {"kafka.producer: {acks: 0, properties: {enable.idempotence: true}}", nil, factory.ErrContradiction, []string{"is on beside acks 0"}},
		"transactional.id":       {"kafka.producer.properties.transactional.id: x", nil, factory.ErrInvalidSetting, []string{"transactional.id (yaml:1): set transaction-id-prefix"}},
		"twins": {
			"",
			[]factory.TemplateRecipe{factory.Template("a", template.WithTransactionIDPrefix("tx")), factory.Template("b", template.WithTransactionIDPrefix("tx"))},
			factory.ErrContradiction,
			[]string{`template "b"`, `"tx" is the prefix of the template "a"`},
		},
		"two of a name":   {"", []factory.TemplateRecipe{factory.Template("a"), factory.Template("a")}, factory.ErrDuplicateTemplate, []string{"the name is taken"}},
		"unknown cluster": {"kafka.clusters.eu.bootstrap-servers: eu:1", []factory.TemplateRecipe{factory.Template("a", template.WithCluster("ue"))}, factory.ErrInvalidSetting, []string{`there is no cluster "ue"; did you mean eu?`}},
		"unknown route":   {"", []factory.TemplateRecipe{factory.Template("a", template.WithRoute("x", "b"))}, factory.ErrInvalidSetting, []string{`the route of "x" leads to the template "b", which there is not`}},
		"route onward":    {"", []factory.TemplateRecipe{factory.Template("a", template.WithRoute("x", "a"))}, factory.ErrInvalidSetting, []string{"has routes itself"}},
		"default topic":   {"kafka.template.default-topic: 'no such name!'", nil, factory.ErrInvalidSetting, []string{"default-topic (yaml:1)"}},
		"bad acks":        {"", []factory.TemplateRecipe{factory.Template("a", template.WithAcks(7))}, factory.ErrInvalidSetting, []string{`template "a"`, "acks (code"}},
		"secret file":     {"kafka.producer.properties.ssl.key.password-file: /nowhere/hunter2", nil, factory.ErrInvalidSetting, []string{"ssl.key.password-file (yaml:1): the file can't be used"}},
		"placeholder":     {"", []factory.TemplateRecipe{factory.Template("a", template.WithClientID("${NOBODY}"))}, factory.ErrUnresolved, []string{"client-id (code"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := templates(t, tt.text, append(tt.recipes, factory.Template(factory.DefaultTemplate))...)
			require.ErrorIs(t, err, tt.kind)
			for _, says := range tt.says {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "hunter2")
			require.Len(t, strings.Split(err.Error(), "\n"), 1, "one fault: %v", err)
		})
	}
}

func TestAClustersTemplateKeepsPasswordsApart(t *testing.T) {
	t.Parallel()
	specs, err := templates(t, `
kafka: {bootstrap-servers: 'home:1', security.protocol: sasl_ssl, sasl: {mechanism: plain, username: me, password: hunter2}, clusters: {eu: {bootstrap-servers: 'eu:1'}}}
`, factory.Template("far", template.WithCluster("eu")))
	require.NoError(t, err)
	require.Equal(t, "eu:1", specs[0].Options.BootstrapServers)
	require.Empty(t, specs[0].Options.Properties)
}

func TestUnusedProducers(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.YAML([]byte("kafka.producers: {adit: {acks: 1}, default: {acks: 1}}")), config.Environ())
	require.NoError(t, err)
	require.Equal(t, []string{
		"kafka.producers.adit (yaml:1): the program has no template of that name; did you mean audit?",
		"kafka.producers.default (yaml:1) is not read: write kafka.producer",
	},
		factory.UnusedProducers(cfg, []factory.TemplateRecipe{factory.Template("audit")}))
}

func TestNewTemplate(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.YAML([]byte("kafka.producer: {acks: 1, bootstrap-servers: '127.0.0.1:1'}")), config.Environ())
	require.NoError(t, err)
	tpl, err := factory.NewTemplate(cfg, "mine", template.WithDefaultTopic("orders"), template.WithInterceptors(nil), template.WithCodec(nil))
	require.NoError(t, err)
	require.Equal(t, "mine", tpl.Name())
	require.NoError(t, tpl.Close(t.Context()))
	_, err = factory.NewTemplate(cfg, "mine", template.WithTransactionIDPrefix("x"))
	require.ErrorIs(t, err, factory.ErrContradiction)
}
