package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

// go test ./config -run Documentation -update writes both files again.
//
//go:generate go test -run Documentation -update .
var update = flag.Bool("update", false, "write docs/configuration.md and docs/hearken.schema.json from the tables")

func TestDocumentationIsTheTables(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"../docs/configuration.md": reference(), "../docs/hearken.schema.json": schemaText(t),
	} {
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(got), path+" is not what the tables say: run this test with -update")
	}
}

// bootNames is what Spring Boot has below spring.kafka, without client
// properties.
var bootNames = map[string]string{
	"": "bootstrap-servers client-id security.protocol jaas.enabled jaas.login-module jaas.control-flag jaas.options.x",
	"consumer": "auto-commit-interval auto-offset-reset bootstrap-servers client-id enable-auto-commit fetch-max-wait fetch-min-size group-id " +
		"heartbeat-interval isolation-level key-deserializer value-deserializer max-poll-records max-poll-interval security.protocol",
	"producer": "acks batch-size bootstrap-servers buffer-memory client-id compression-type key-serializer value-serializer retries " +
		"transaction-id-prefix security.protocol",
	"listener": "type ack-mode async-acks client-id concurrency poll-timeout no-poll-threshold ack-count ack-time idle-between-polls " +
		"idle-event-interval idle-partition-event-interval monitor-interval log-container-config missing-topics-fatal immediate-stop " +
		"auto-startup change-consumer-thread-name observation-enabled auth-exception-retry-interval",
	"template":    "default-topic transaction-id-prefix close-timeout allow-non-transactional observation-enabled",
	"admin":       "client-id close-timeout operation-timeout fail-fast modify-topic-configs auto-create security.protocol",
	"retry.topic": "enabled attempts backoff.delay backoff.multiplier backoff.max-delay backoff.jitter",
	"streams":     "",
}

const bootSSL = "ssl.bundle ssl.key-password ssl.key-store-certificate-chain ssl.key-store-key ssl.key-store-location ssl.key-store-password " +
	"ssl.key-store-type ssl.trust-store-certificates ssl.trust-store-location ssl.trust-store-password ssl.trust-store-type ssl.protocol"

// bootHas reports whether Spring Boot has a name in a section.
func bootHas(s *section, name string) bool {
	fields := strings.Fields(bootNames[strings.Join(s.path, ".")])
	return slices.Contains(fields, name) || s.properties && !s.named && slices.Contains(strings.Fields(bootSSL), name)
}

func TestEveryNameOfSpringBootIsKnown(t *testing.T) {
	t.Parallel()
	for i := range sections {
		s := &sections[i]
		all := strings.Fields(bootNames[strings.Join(s.path, ".")])
		if s.properties && !s.named {
			all = append(all, strings.Fields(bootSSL)...)
		}
		for _, name := range all {
			path := slices.Concat([]string{"kafka"}, s.path, strings.Split(name, "."))
			got, f := classify(path)
			require.Nil(t, f, "%s.%s", s, name)
			require.True(t, got.setting != "" || got.alias != nil || got.foreign != nil)
		}
	}
}

func reference() string {
	var b strings.Builder
	b.WriteString(introduction)
	for i := range sections {
		writeSection(&b, &sections[i])
	}
	b.WriteString("## Connection, security and credentials\nThese stand in " + places(func(s *section) bool { return s.properties }) +
		". They are names for client properties, which can be written below `properties` in the same place as well.\n\n" +
		"| key | type | sets | meaning |\n| --- | --- | --- | --- |\n")
	for _, a := range spec.Aliases {
		if a.Home == spec.Connection {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.Name, typeText(a.Info), code(a.Sets), a.Doc)
		}
	}
	b.WriteString("\n## Names of Spring Boot that mean nothing here\nThey are no mistake in a file: a warning says the same as this table.\n\n" +
		"| key | why, and what to do |\n| --- | --- |\n")
	for _, f := range spec.Foreigns {
		home := "kafka." + f.Home + "."
		switch f.Home {
		case "":
			home = "kafka."
		case spec.Connection:
			home = "…"
		}
		fmt.Fprintf(&b, "| `%s%s` | %s |\n", home, f.Name, f.Why)
	}
	return b.String()
}

func writeSection(b *strings.Builder, s *section) {
	fmt.Fprintf(b, "## %s\n", titleOf(s))
	if s.unread != "" {
		fmt.Fprintf(b, "Read by %s; until then it is checked, and a warning says so.\n", s.unread)
	}
	switch {
	case s.only != nil:
		fmt.Fprintf(b, "%s, and what is under [connection](#connection-security-and-credentials). A factory, a listener or a producer that sets `cluster: NAME` gets these, and nothing of what `kafka.*` says about brokers and credentials.\n\n", code(s.only...))
		return
	case s.named && slices.Contains(s.homes, "producer"):
		b.WriteString("The keys of [kafka.producer](#kafkaproducer), over those of `kafka.producer` itself, but for `transaction-id-prefix`, which no two producers share.\n\n")
		return
	case s.config:
		b.WriteString("A topic that is made at start-up, where it is missing; NAME is its name. Partitions are only ever added. Other differences are reported, and changed where `kafka.admin.modify-topic-configs` is true.\n\n")
	case s.named && s.scope == spec.FactoryScope:
		b.WriteString("Every key of `kafka`, `kafka.consumer` and `kafka.listener`, without these sections: `kafka.factories.slow.ack-mode`, `KAFKA_FACTORIES_SLOW_ACK_MODE`.\n\n")
		return
	case s.named:
		b.WriteString("Every key of a factory, and:\n\n")
	default:
		b.WriteString("\n")
	}
	b.WriteString("| key | type | default | meaning | Spring Boot | environment |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, i := range s.infos() {
		if i.Home == spec.Connection || s.named && !s.config && i.Scope != spec.ListenerScope {
			continue
		}
		a, isAlias := s.alias(i.Name)
		doc := i.Doc
		if isAlias {
			doc += "; sets " + code(a.Sets)
		}
		variable := code(s.variable(i.Name))
		if s.named {
			variable = code(strings.ToUpper(strings.ReplaceAll(titleOf(s), ".", "_")) + "_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_")))
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n", i.Name, typeText(i), defaultOf(s, i, isAlias), strings.ReplaceAll(doc, "<", "&lt;"), springOf(s, i.Name), variable)
	}
	if s.properties {
		fmt.Fprintf(b, "| `properties` | map | | client properties by name, as librdkafka has them | same | `%s` |\n", s.variable(titleOf(s)[len(s.String()):]+".properties_…"))
	}
	if s.config {
		b.WriteString("| `config` | map | | the topic's settings by the brokers' names: `cleanup.policy: compact` | |  |\n")
	}
	b.WriteString("\n")
}

// titleOf is the section as people write it.
func titleOf(s *section) string {
	switch {
	case s.scope == spec.ListenerScope:
		return s.String() + ".ID"
	case s.named:
		return s.String() + ".NAME"
	default:
		return s.String()
	}
}

func springOf(s *section, name string) string {
	if bootHas(s, name) {
		return "same"
	}
	if a, ok := spec.LookupAlias("listener", "type"); ok && name == a.Sets {
		return "`listener.type`"
	}
	return ""
}

func defaultOf(s *section, i spec.Info, isAlias bool) string {
	if i.Name == "group-id" && !isAlias {
		return "the listener's id"
	}
	k, ok := spec.Lookup(i.Name)
	if !ok || isAlias || k.Home != strings.Join(s.path, ".") && !s.named {
		return ""
	}
	defaults := spec.WithDefaults(spec.Settings{})
	text, origin := k.Get(&defaults)
	if origin == "" {
		return ""
	}
	return code(text)
}

func typeText(i spec.Info) string {
	switch {
	case i.Type == spec.Choice:
		return code(i.Values...)
	case len(i.Examples) > 0 && i.Type == spec.Text:
		return "text: " + code(i.Examples...)
	default:
		return string(i.Type)
	}
}

func places(keep func(*section) bool) string {
	var out []string
	for i := range sections {
		if s := &sections[i]; keep(s) {
			out = append(out, code(titleOf(s)))
		}
	}
	return strings.Join(out, ", ")
}

func code(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, "`"+strings.ReplaceAll(t, "|", "\\|")+"`")
		}
	}
	return strings.Join(out, ", ")
}

const introduction = `<!-- Written from the tables of internal/spec by ` + "`go test ./config -run Documentation -update`" + `. Do not edit. -->

# Configuration
Editors complete and check a file that begins with ` + "`# yaml-language-server: $schema=…/docs/hearken.schema.json`" + `.

**Where it is read.** The file that ` + "`HEARKEN_CONFIG`" + ` names, or else all there are of ` + "`application.yaml`, `hearken.yaml`, `config/application.yaml`, `config/hearken.yaml`" + `
(` + "`.yml`" + ` before ` + "`.yaml`" + `), later ones winning, each followed by its profiles: ` + "`HEARKEN_PROFILES=prod`, or `SPRING_PROFILES_ACTIVE`, reads `hearken-prod.yaml`" + `, too.
A YAML document with ` + "`spring.config.activate.on-profile`" + ` counts where that profile is active; what a file says in ` + "`spring.profiles.active`" + ` is not followed, with a warning. Then comes the environment. Dotted keys are as good as nested ones.

**Which layer wins.** Built-in < ` + "`kafka.*`" + ` < factory in code < ` + "`kafka.factories.NAME`" + ` < listener in code < ` + "`kafka.listeners.ID`" + `. Client properties merge by name.
Where a setting has two names in one place, its own name wins over the translated one, with a warning.

**A file of Spring Boot.** What stands under ` + "`spring.kafka`" + ` is read as if it stood under ` + "`kafka`" + `, below everything that is there, environment included (` + "`SPRING_KAFKA_…`" + ` below ` + "`KAFKA_…`" + `).
What does not apply is listed in a warning each, with file and line.

**Placeholders** in any value: ` + "`${a.b}`, `${a.b:default}`" + ` (environment, then configuration), ` + "`${ENV_NAME}`, `${hostname}`, `${app.name}`" + ` (the program's name unless something sets it, or ` + "`spring.application.name`" + `),
` + "`${random.uuid}`, `${random.int}`, `${random.int(1,6)}`, `${random.long}`, `${file:/run/secrets/x}`" + ` (the contents, at most 64 KiB); they nest, and ` + "`\\${`" + ` is a plain one.

**Secrets** are never printed: whatever has the name of one, comes from a variable with the name of one, or from a file. A key that ends in ` + "`-file`" + ` names a file that is read whenever a client is opened.

**Types.** A duration is ` + "`10s`, `500ms`, `1h30m`, `2d`, `PT10S`" + `, or milliseconds without a unit. A size is ` + "`1MB`, `512KB`" + ` (in 1024s), or bytes without a unit. A list is a list, or a text with commas.

`
