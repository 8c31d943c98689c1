package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
)

const patience = 2 * time.Minute

// A visitor is a client that may not be let in.
type visitor struct {
	t        *testing.T
	c        broker.Consumer
	turn     broker.Turn
	classes  map[broker.Class]string // what Next reported, with a text of each
	held     int
	answered int // how often the group gave something, or nothing
}

// visit opens a client and lets it subscribe to, or with alone take, topic "t".
func visit(t *testing.T, alone bool, config map[string]string) *visitor {
	t.Helper()
	config["group.id"] = "g"
	c, err := broker.Open(broker.Params{Config: config})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	v := &visitor{t: t, c: c, classes: map[broker.Class]string{}}
	if alone {
		require.NoError(t, c.Assign([]broker.Partition{{Topic: "t"}}, v))
	} else {
		require.NoError(t, c.Subscribe([]string{"t"}, v))
	}
	return v
}

// until runs turns until cond.
func (v *visitor) until(what string, cond func() bool) {
	v.t.Helper()
	for end := time.Now().Add(patience); !cond(); {
		require.True(v.t, time.Now().Before(end), "after %v it is not so that %s; errors %v", patience, what, v.classes)
		v.c.Next(broker.Limits{Wait: 20 * time.Millisecond}, &v.turn)
		for _, err := range v.turn.Errors {
			e := err.(*broker.ClientError)
			v.classes[e.Class] = e.Text
		}
	}
}

func (v *visitor) refused() string {
	v.t.Helper()
	v.until("an Auth error comes", func() bool { return v.classes[broker.Auth] != "" })
	return v.classes[broker.Auth]
}

func (v *visitor) Assigned(parts []broker.Partition) (answer []broker.Assignment) {
	v.held += len(parts)
	v.answered++
	for _, p := range parts {
		answer = append(answer, broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: broker.Beginning}, Epoch: 1})
	}
	return answer
}

func (v *visitor) Revoked(parts []broker.Partition) { v.held -= len(parts) }
func (v *visitor) Lost(parts []broker.Partition)    { v.held -= len(parts) }

func password(b *kafkatest.Broker, mechanism, user, password string) map[string]string {
	return map[string]string{
		"bootstrap.servers": b.Brokers(), "security.protocol": "SASL_PLAINTEXT",
		"sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password,
	}
}

func TestWrongPasswordIsSaid(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Fake(kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "right"), kfake.Superuser("SCRAM-SHA-256", "u", "right")))
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256"} {
		v := visit(t, false, password(b, mechanism, "u", "wrong"))
		require.Contains(t, v.refused(), "SASL authentication error", mechanism)
		_, err := v.c.Committed([]broker.Partition{{Topic: "t"}}, time.Second)
		requireClass(t, broker.Auth, err, "a question that times out")
		_, err = v.c.Topics([]string{"t"}, time.Second)
		requireClass(t, broker.Auth, err, "Topics")
	}
}

func TestUntrustedCertificateIsSaid(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	sheet := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, sheet, sheet, &key.PublicKey, key)
	require.NoError(t, err)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	v := visit(t, false, map[string]string{"bootstrap.servers": cluster.ListenAddrs()[0], "security.protocol": "SSL"})
	text := v.refused()
	require.Contains(t, text, "certificate verify failed")
	require.Contains(t, text, cluster.ListenAddrs()[0], "the broker is named")
}

// rights is a broker with one topic, and a user who may do only what acls say.
func rights(t *testing.T, acls ...kfake.ACL) (*kafkatest.Broker, *kadm.Client) {
	t.Helper()
	b := kafkatest.New(t, kafkatest.Topics(1, "t"), kafkatest.Fake(kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", "p"), kfake.User("PLAIN", "u", "p", acls...)))
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Brokers()), kgo.SASL(plain.Auth{User: "admin", Pass: "p"}.AsMechanism()))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return b, kadm.NewClient(client)
}

var (
	mayGroup = kfake.ACL{Resource: kmsg.ACLResourceTypeGroup, Name: "g", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationAll, Allow: true}
	mayTopic = kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "t", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationAll, Allow: true}
)

func TestDeniedGroupIsSaidAndHeals(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"classic", "consumer"} {
		b, admin := rights(t, mayTopic)
		config := password(b, "PLAIN", "u", "p")
		config["group.protocol"] = protocol
		v := visit(t, false, config)
		require.Contains(t, v.refused(), "Group authorization failed")
		_, err := v.c.Committed([]broker.Partition{{Topic: "t"}}, time.Second)
		requireClass(t, broker.Auth, err, "Committed")
		_, err = admin.CreateACLs(t.Context(), kadm.NewACLs().Allow("User:u").AllowHosts("*").Groups("g").Operations(kadm.OpAll).ResourcePatternType(kadm.ACLPatternLiteral))
		require.NoError(t, err)
		v.until("it is let in", func() bool { return v.held == 1 })
	}
}

func TestDeniedTopicIsSaidAndHeals(t *testing.T) {
	t.Parallel()
	at := []broker.Partition{{Topic: "t"}}
	for _, protocol := range []string{"classic", "consumer"} {
		for _, alone := range []bool{false, true} {
			b, admin := rights(t, mayGroup)
			config := password(b, "PLAIN", "u", "p")
			config["group.protocol"] = protocol
			config["topic.metadata.refresh.interval.ms"] = "2000"
			v := visit(t, alone, config)
			if alone || protocol == "consumer" { // the client says nothing: Topics does
				v.until("it holds the partition", func() bool { return v.held == 1 })
				topics, err := v.c.Topics([]string{"t"}, patience)
				require.NoError(t, err)
				requireClass(t, broker.Auth, topics[0].Err, "Topics")
				continue
			}
			require.Contains(t, v.refused(), "Topic authorization failed")
			ends, err := v.c.LogEnd(at, patience)
			require.NoError(t, err)
			requireClass(t, broker.Auth, ends[0].Err, "LogEnd")
			_, err = v.c.Commit([]broker.Offset{{Partition: at[0], Offset: 1}})
			requireClass(t, broker.Auth, err, "Commit")
			_, err = admin.CreateACLs(t.Context(), kadm.NewACLs().Allow("User:u").AllowHosts("*").Topics("t").Operations(kadm.OpAll).ResourcePatternType(kadm.ACLPatternLiteral))
			require.NoError(t, err)
			v.until("it may read", func() bool { return v.held == 1 })
		}
	}
}

func requireClass(t *testing.T, want broker.Class, err error, what string) {
	t.Helper()
	var e *broker.ClientError
	require.ErrorAs(t, err, &e, what)
	require.Equal(t, want, e.Class, "%s: %v", what, err)
}
