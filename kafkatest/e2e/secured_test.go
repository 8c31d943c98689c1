package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
	"github.com/hearken-go/hearken/listener"
)

// A fortress is a Kafka of its own that asks who comes, and what they may.
type fortress struct {
	*devkafka.Cluster
	b *kafkatest.Broker // by the plain listener, where everything is allowed
}

// A guest is how a listener comes to a fortress.
type guest struct {
	user, password, mechanism string
	servers                   string // else where the mechanism needs no TLS
	file                      string // of the password, instead of it
	tls, modern               bool
}

// TestSecured: what stands between a listener and its records is put right
// while it waits, and it goes on by itself, with every record.
func TestSecured(t *testing.T) {
	t.Parallel()
	kafkatest.Real(t) // a private one, but only where there are any
	cluster, err := devkafka.Start(t.Context(), devkafka.Options{Security: &devkafka.Security{
		Users: map[string]string{
			"clear": "not yet", "under-tls": "not yet", "filed": "filed's", "host": "host's",
			"topic": "topic's", "group": "group's", "modern": "modern's",
		},
		Authorize: true,
	}})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	t.Run("at once", func(t *testing.T) { // so that the cluster outlives them
		for name, test := range map[string]func(fortress, *testing.T){
			"password": func(f fortress, t *testing.T) {
				f.passwordCorrected(t, guest{user: "clear", mechanism: "SCRAM-SHA-256"})
			},
			"password under TLS": func(f fortress, t *testing.T) {
				f.passwordCorrected(t, guest{user: "under-tls", mechanism: "SCRAM-SHA-512", tls: true})
			},
			"password file": fortress.fileCorrected,
			"host name":     fortress.hostName,
			"topic": func(f fortress, t *testing.T) {
				f.granted(t, guest{user: "topic", mechanism: "SCRAM-SHA-512"}, true, false)
			},
			"group": func(f fortress, t *testing.T) {
				f.granted(t, guest{user: "group", mechanism: "PLAIN", tls: true}, false, true)
			},
			"both, consumer protocol": func(f fortress, t *testing.T) {
				f.granted(t, guest{user: "modern", mechanism: "SCRAM-SHA-512", modern: true}, true, true)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(fortress{cluster, kafkatest.At(t, cluster.Brokers())}, t)
			})
		}
	})
}

// passwordCorrected: a listener comes with a password that becomes right later.
func (f fortress) passwordCorrected(t *testing.T, g guest) {
	topic, group := f.b.NewTopic("password", 2), f.b.Unique("password")
	f.allow(t, g.user, topic, group)
	f.produce(topic)
	g.password = "corrected"
	s, got := f.serve(t, g, topic, group)
	s.waitsFor(t, "guest", "not allowed", "SASL authentication")
	require.NoError(t, f.SetPassword(t.Context(), g.user, g.password))
	began := time.Now()
	got.complete(t, f.b, group, topic)
	s.isWell(t, "guest")
	t.Logf("all done %s after the correction", time.Since(began).Round(time.Millisecond))
	f.produce(topic)
	got.complete(t, f.b, group, topic)
}

// fileCorrected: a listener comes with a password from a file, which is put
// right while it waits: it is read again for the next client.
func (f fortress) fileCorrected(t *testing.T) {
	topic, group := f.b.NewTopic("file", 2), f.b.Unique("file")
	g := guest{user: "filed", mechanism: "SCRAM-SHA-256", file: filepath.Join(t.TempDir(), "password")}
	f.allow(t, g.user, topic, group)
	f.produce(topic)
	require.NoError(t, os.WriteFile(g.file, []byte("a typo\n"), 0o600))
	s, got := f.serve(t, g, topic, group)
	s.waitsFor(t, "guest", "not allowed", "SASL authentication")
	require.NoError(t, os.WriteFile(g.file, []byte("filed's\n"), 0o600))
	got.complete(t, f.b, group, topic)
	s.isWell(t, "guest")
}

// hostName: a certificate that is not for the host is refused, and the error
// says what is wrong; where it is for the host the listener works.
func (f fortress) hostName(t *testing.T) {
	topic, group := f.b.NewTopic("host", 1), f.b.Unique("host")
	g := guest{user: "host", password: "host's", mechanism: "PLAIN", tls: true}
	f.allow(t, g.user, topic, group)
	f.b.Produce(topic, old(0, 5)...)
	g.servers = strings.ReplaceAll(f.TLSBrokers(), "127.0.0.1", "localhost")
	s, got := f.serve(t, g, topic, group)
	eventually(t, "the certificate is refused", func() (bool, string) {
		return strings.Contains(s.said(), "certificate"), s.said()
	})
	records, _ := got.count()
	require.Zero(t, records)
	_, err := s.stop()
	require.NoError(t, err)
	g.servers = ""
	_, got = f.serve(t, g, topic, group)
	got.complete(t, f.b, group, topic)
}

// granted: a listener lacks the right to read its topic, to use its group, or
// both; it is granted, taken away while the listener works, and granted again.
func (f fortress) granted(t *testing.T, g guest, lacksTopic, lacksGroup bool) {
	topic, group := f.b.NewTopic("granted", 2), f.b.Unique("granted")
	g.password = g.user + "'s"
	grants := map[bool][]func(){}
	grants[lacksTopic] = append(grants[lacksTopic], func() { f.allow(t, g.user, topic, "") })
	grants[lacksGroup] = append(grants[lacksGroup], func() { f.allow(t, g.user, "", group) })
	give := func(missing bool) {
		for _, grant := range grants[missing] {
			grant()
		}
	}
	give(false)
	f.produce(topic)
	s, got := f.serve(t, g, topic, group)
	word := "Topic authorization failed"
	if lacksGroup {
		word = "Group authorization failed" // the first that is asked for
	}
	s.waitsFor(t, "guest", "not allowed", word)
	give(true)
	began := time.Now()
	got.complete(t, f.b, group, topic)
	s.isWell(t, "guest")
	t.Logf("all done %s after it was granted", time.Since(began).Round(time.Millisecond))

	f.forbid(t, g.user, lacksTopic, lacksGroup)
	f.produce(topic)
	s.waitsFor(t, "guest", "not allowed")
	give(true)
	began = time.Now()
	got.complete(t, f.b, group, topic)
	s.isWell(t, "guest")
	t.Logf("all done %s after it was granted again", time.Since(began).Round(time.Millisecond))
}

// produce writes to both partitions.
func (f fortress) produce(topic string) {
	f.b.Produce(topic, append(old(0, 20), old(1, 20)...)...)
}

// serve starts a listener that comes as g.
func (f fortress) serve(t *testing.T, g guest, topic, group string) (*service, *tally) {
	servers, protocol := f.SASLBrokers(), "SASL_PLAINTEXT"
	properties := map[string]any{
		"sasl.mechanism": g.mechanism, "sasl.username": g.user, "reconnect.backoff.max.ms": "1000",
	}
	more := map[string]any{"kafka.listener.auth-exception-retry-interval": "1s"}
	if g.file != "" {
		more["kafka.sasl.password-file"] = g.file
	} else {
		properties["sasl.password"] = g.password
	}
	if g.tls {
		servers, protocol = f.TLSBrokers(), "SASL_SSL"
		properties["ssl.ca.location"] = f.CAFile()
	}
	if g.servers != "" {
		servers = g.servers
	}
	if g.modern {
		properties["group.protocol"] = "consumer"
	} else {
		properties["session.timeout.ms"], properties["heartbeat.interval.ms"] = "6000", "200"
	}
	properties["security.protocol"] = protocol
	var got tally
	more[propertiesKey] = properties
	s := serveAt(t, servers, f.b, more,
		listener.On("guest", got.Handle, listener.Topics(topic), listener.GroupID(group)))
	return s, &got
}

// allow grants a user the use of a topic and a group, where they are named.
func (f fortress) allow(t *testing.T, user, topic, group string) {
	t.Helper()
	grants := kadm.NewACLs().Allow("User:"+user).AllowHosts().
		ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpRead, kadm.OpDescribe)
	if topic != "" {
		grants = grants.Topics(topic)
	}
	if group != "" {
		grants = grants.Groups(group)
	}
	created, err := kadm.NewClient(f.b.Client()).CreateACLs(t.Context(), grants)
	require.NoError(t, err)
	for _, c := range created {
		require.NoError(t, c.Err)
	}
}

// forbid takes from a user what was granted of topics, groups or both.
func (f fortress) forbid(t *testing.T, user string, topics, groups bool) {
	t.Helper()
	grants := kadm.NewACLs().Allow("User:" + user).AllowHosts().ResourcePatternType(kadm.ACLPatternAny).Operations(kadm.OpAny)
	if topics {
		grants = grants.Topics()
	}
	if groups {
		grants = grants.Groups()
	}
	deleted, err := kadm.NewClient(f.b.Client()).DeleteACLs(t.Context(), grants)
	require.NoError(t, err)
	for _, d := range deleted {
		require.NoError(t, d.Err)
		require.NotEmpty(t, d.Deleted)
	}
}
