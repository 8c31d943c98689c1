//go:build unix

package devkafka_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

var mechanisms = map[string]func(user, password string) sasl.Mechanism{
	"PLAIN":         func(u, p string) sasl.Mechanism { return plain.Auth{User: u, Pass: p}.AsMechanism() },
	"SCRAM-SHA-256": func(u, p string) sasl.Mechanism { return scram.Auth{User: u, Pass: p}.AsSha256Mechanism() },
	"SCRAM-SHA-512": func(u, p string) sasl.Mechanism { return scram.Auth{User: u, Pass: p}.AsSha512Mechanism() },
}

// TestSecurity: users, passwords, certificates and ACLs are what they should
// be, each shown by what works and by what does not.
func TestSecurity(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a JVM")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cluster := start(t, ctx, devkafka.Options{Security: &devkafka.Security{
		Users: map[string]string{"alice": "alice's", "bob": "bob's"}, Authorize: true,
	}})
	b := kafkatest.At(t, cluster.Brokers())
	topic := b.NewTopic("secret", 1)
	kafkatest.ProduceValues(b, topic, 1)
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(cluster.CAFile())
	must(t, err)
	require.True(t, roots.AppendCertsFromPEM(ca))
	trusting := kgo.DialTLSConfig(&tls.Config{RootCAs: roots})

	for name, as := range mechanisms {
		for brokers, opts := range map[string][]kgo.Opt{cluster.SASLBrokers(): nil, cluster.TLSBrokers(): {trusting}} {
			require.NoError(t, ask(ctx, brokers, append(opts, kgo.SASL(as("alice", "alice's")))...), name)
			require.ErrorIs(t, ask(ctx, brokers, append(opts, kgo.SASL(as("alice", "bob's")))...), kerr.SaslAuthenticationFailed, name)
			require.ErrorIs(t, ask(ctx, brokers, append(opts, kgo.SASL(as("eve", "alice's")))...), kerr.SaslAuthenticationFailed, name)
		}
	}
	alice := kgo.SASL(mechanisms["SCRAM-SHA-512"]("alice", "alice's"))

	t.Run("TLS", func(t *testing.T) {
		require.Error(t, ask(ctx, cluster.SASLBrokers()), "nobody comes without a name")
		var unknown x509.UnknownAuthorityError
		require.ErrorAs(t, ask(ctx, cluster.TLSBrokers(), alice, kgo.DialTLSConfig(&tls.Config{RootCAs: x509.NewCertPool()})), &unknown)
		wrong := strings.ReplaceAll(cluster.TLSBrokers(), "127.0.0.1", "localhost")
		var host x509.HostnameError
		require.ErrorAs(t, ask(ctx, wrong, alice, trusting), &host)
	})
	t.Run("ACLs", func(t *testing.T) { grant(t, ctx, cluster, b, topic) })
	t.Run("passwords", func(t *testing.T) { changePasswords(t, ctx, cluster) })
}

// grant lets alice read topic for a while, and nobody else.
func grant(t *testing.T, ctx context.Context, cluster *devkafka.Cluster, b *kafkatest.Broker, topic string) {
	alice := kgo.SASL(mechanisms["SCRAM-SHA-512"]("alice", "alice's"))
	require.ErrorIs(t, read(ctx, cluster, topic, alice), kerr.TopicAuthorizationFailed)
	rights := kadm.NewACLs().Allow("User:alice").AllowHosts().Topics(topic).
		Operations(kadm.OpRead, kadm.OpDescribe).ResourcePatternType(kadm.ACLPatternLiteral)
	created, err := kadm.NewClient(b.Client()).CreateACLs(ctx, rights)
	must(t, err)
	for _, c := range created {
		must(t, c.Err)
	}
	kafkatest.Eventually(t, 2*time.Minute, "alice reads", said(func() error { return read(ctx, cluster, topic, alice) }))
	bob := kgo.SASL(mechanisms["PLAIN"]("bob", "bob's"))
	require.ErrorIs(t, read(ctx, cluster, topic, bob), kerr.TopicAuthorizationFailed)
	_, err = kadm.NewClient(b.Client()).DeleteACLs(ctx, rights)
	must(t, err)
	kafkatest.Eventually(t, 2*time.Minute, "alice reads no more", func() (bool, string) {
		err := read(ctx, cluster, topic, alice)
		return errors.Is(err, kerr.TopicAuthorizationFailed), fmt.Sprint(err)
	})
}

// changePasswords gives alice another one, and makes carol.
func changePasswords(t *testing.T, ctx context.Context, cluster *devkafka.Cluster) {
	must(t, cluster.SetPassword(ctx, "alice", "new"))
	must(t, cluster.SetPassword(ctx, "carol", "carol's"))
	for _, name := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		for user, password := range map[string]string{"alice": "new", "carol": "carol's"} {
			as := kgo.SASL(mechanisms[name](user, password))
			kafkatest.Eventually(t, 2*time.Minute, user+" comes in", said(func() error { return ask(ctx, cluster.SASLBrokers(), as) }))
		}
		require.ErrorIs(t, ask(ctx, cluster.SASLBrokers(), kgo.SASL(mechanisms[name]("alice", "alice's"))), kerr.SaslAuthenticationFailed)
	}
}

func said(do func() error) func() (bool, string) {
	return func() (bool, string) {
		err := do()
		return err == nil, fmt.Sprint(err)
	}
}

// ask makes a connection of its own and asks something that everybody may.
func ask(ctx context.Context, brokers string, opts ...kgo.Opt) error {
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers), kgo.RequestRetries(0))...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, err = client.SeedBrokers()[0].Request(ctx, kmsg.NewPtrMetadataRequest())
	return err
}

// read reads one record of topic as a user.
func read(ctx context.Context, cluster *devkafka.Cluster, topic string, as kgo.Opt) error {
	client, err := kgo.NewClient(as, kgo.SeedBrokers(cluster.SASLBrokers()), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return client.PollFetches(ctx).Err()
}
