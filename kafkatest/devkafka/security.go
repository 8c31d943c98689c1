//go:build unix

package devkafka

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Security adds two listeners to every node, which ask for a user: one in the
// clear (SASL_PLAINTEXT) and one under TLS (SASL_SSL). Both take PLAIN,
// SCRAM-SHA-256 and SCRAM-SHA-512. The plain listener stays, for the nodes
// among themselves and for tests: who comes by it may do everything.
//
// The certificates are made for the cluster and are valid for 127.0.0.1, not
// for localhost: that is the wrong host name to test with.
type Security struct {
	// Users are names and passwords, under all three mechanisms.
	Users map[string]string
	// Authorize refuses users what no ACL grants them. Without it they may do everything.
	Authorize bool
}

// secured is what the nodes of a cluster share for Security.
type secured struct {
	Security
	authority *authority
}

const (
	saslClear = "SASL_PLAINTEXT"
	saslTLS   = "SASL_SSL"
)

var scrams = map[string]kadm.ScramMechanism{"SCRAM-SHA-256": kadm.ScramSha256, "SCRAM-SHA-512": kadm.ScramSha512}

// listeners returns the properties of the two listeners; lists among them extend those of a node without.
func (s *secured) listeners(n *node) map[string]string {
	p := map[string]string{
		"sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"ssl.keystore.type":              "PEM",
		"ssl.keystore.location":          n.keyStore(),
		"listeners":                      fmt.Sprintf("%s://%s,%s://%s", saslClear, n.saslAddress(), saslTLS, n.tlsAddress()),
		"listener.security.protocol.map": fmt.Sprintf("%[1]s:%[1]s,%[2]s:%[2]s", saslClear, saslTLS),
	}
	p["advertised.listeners"] = p["listeners"]
	for _, listener := range []string{saslClear, saslTLS} {
		prefix := "listener.name." + strings.ToLower(listener) + "."
		p[prefix+"plain.sasl.jaas.config"] = s.plainUsers()
		for mechanism := range scrams {
			p[prefix+strings.ToLower(mechanism)+".sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		}
	}
	if s.Authorize {
		p["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
		p["super.users"] = "User:ANONYMOUS" // who comes by the plain listeners
	}
	return p
}

// plainUsers returns the users of PLAIN; unlike those of SCRAM they can't be changed while a node runs.
func (s *secured) plainUsers() string {
	var b strings.Builder
	b.WriteString("org.apache.kafka.common.security.plain.PlainLoginModule required")
	for _, user := range slices.Sorted(maps.Keys(s.Users)) {
		fmt.Fprintf(&b, " user_%s=%q", user, s.Users[user])
	}
	return b.String() + ";"
}

// formatArgs makes the users of SCRAM part of the first metadata, so that they
// are known when a node begins to serve.
func (s *secured) formatArgs() []string {
	var args []string
	for _, user := range slices.Sorted(maps.Keys(s.Users)) {
		for _, mechanism := range slices.Sorted(maps.Keys(scrams)) {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, s.Users[user]))
		}
	}
	return args
}

// layOut writes a node's keys.
func (s *secured) layOut(n *node) error {
	pair, err := s.authority.issue()
	if err != nil {
		return err
	}
	return os.WriteFile(n.keyStore(), pair, 0o600)
}

// SASLBrokers returns the bootstrap servers of the listeners that ask for a
// user in the clear; "" without Options.Security.
func (c *Cluster) SASLBrokers() string { return c.securedAddresses((*node).saslAddress) }

// TLSBrokers returns the bootstrap servers of the listeners that ask for a user
// under TLS; "" without Options.Security.
func (c *Cluster) TLSBrokers() string { return c.securedAddresses((*node).tlsAddress) }

func (c *Cluster) securedAddresses(of func(*node) string) string {
	if c.secured == nil {
		return ""
	}
	return c.addresses(of)
}

// CAFile returns the file of the certificate that signed those of the nodes.
func (c *Cluster) CAFile() string { return filepath.Join(c.opts.Dir, "ca.pem") }

// SetPassword gives a user a new password under both SCRAM mechanisms, or makes
// a new user. Connections that are open stay so. PLAIN keeps the old password.
// It returns when the cluster's controller has noted it; nodes follow in a moment.
func (c *Cluster) SetPassword(ctx context.Context, user, password string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Brokers(), ",")...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, mechanism := range scrams { // one request each: a user may be in a request once
		altered, err := admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
			{User: user, Mechanism: mechanism, Iterations: 4096, Password: password},
		})
		if err == nil {
			err = altered.Error()
		}
		if err != nil {
			return fmt.Errorf("devkafka: set the password of %s: %w", user, err)
		}
	}
	return nil
}
