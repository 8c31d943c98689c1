package factory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// Whatever a file says: no panic, no specs beside an error, and the secrets
// that stand beside it are printed nowhere.
func FuzzSpecs(f *testing.F) {
	const canary = "cAnArY-7f3a"
	text, _ := listenersOf(badList)
	for line := range strings.SplitSeq(text, "\n") {
		_, body, _ := strings.Cut(line, ": {")
		f.Add("  listeners: {a: {"+strings.TrimSuffix(body, "}")+"}}", "orders", "0-5,7")
	}
	f.Add("  factories: {f: {group-protocol: consumer}}\n  listeners: {a: {factory: f, assignor: range}}", "^a.*", "*")
	f.Add("  clusters: {eu: {bootstrap-servers: h}}\n  cluster: eu", "a b", "5-2")
	f.Add("  properties: {sasl.mechanism: PLAIN, security.protocol: sasl_plaintext}\n  bootstrap-servers: 'http://me@h'", "", "\x00")
	f.Fuzz(func(t *testing.T, more, name, ids string) {
		if strings.Contains(more, "${") && strings.Contains(more, "kafka") {
			return // a file may print its own secret by naming it where no secret belongs
		}
		cfg, _ := config.Load(config.YAML([]byte("kafka:\n"+more)), config.Environ(
			"KAFKA_PROPERTIES_SASL_PASSWORD="+canary, "KAFKA_PROPERTIES_SSL_KEY_PASSWORD="+canary,
		), config.Hostname("host-1"))
		specs, err := factory.Specs(cfg, []factory.ContainerFactory{factory.New("f", factory.Property("sasl.oauthbearer.client.secret", canary))},
			[]listener.Listener{
				on("a", listener.Topics(name), factory.Property("ssl.keystore.password", canary)),
				on("b", listener.Partitions(name, ids), listener.Factory("f")),
				on("c", listener.Topics("t"), listener.Broadcast(), listener.GroupID(name)),
			})
		printed := fmt.Sprint(err)
		for _, s := range specs {
			printed += s.Text + strings.Join(s.Notes, "")
		}
		if strings.Contains(printed, canary) {
			t.Fatalf("a secret is printed:\n%s", printed)
		}
		if err != nil && specs != nil {
			t.Fatal("specs beside an error")
		}
	})
}
