package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func nothing(context.Context, listener.Record[string]) error { return nil }

// specs are listeners as a program would have them.
func specs(t *testing.T, b *kafkatest.Broker, more map[string]any, ls ...listener.Listener) []container.Spec {
	t.Helper()
	cfg, err := config.Load(config.Map(settings(b.Brokers(), more)), config.Environ())
	require.NoError(t, err)
	out, err := factory.Specs(cfg, nil, ls)
	require.NoError(t, err)
	return out
}

// examine runs the doctor and prints what it says.
func examine(t *testing.T, specs []container.Spec, opts ...doctor.Option) doctor.Report {
	t.Helper()
	r := doctor.Run(t.Context(), specs, opts...)
	var text bytes.Buffer
	require.NoError(t, r.Write(&text))
	t.Log("\n" + text.String())
	return r
}

// codes are the findings above ok, by code.
func codes(r doctor.Report) map[string]doctor.Finding {
	out := map[string]doctor.Finding{}
	for _, f := range r.Findings {
		if f.Severity > doctor.OK {
			out[f.Code] = f
		}
	}
	return out
}

// TestDoctorFindsNothingAmiss: a service that runs, and one that has yet to run.
func TestDoctorFindsNothingAmiss(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("healthy", 2), b.Unique("healthy")
		l := listener.On("healthy", nothing, listener.Topics(topic), listener.GroupID(group), factory.Concurrency(2))
		fresh := examine(t, specs(t, b, nil, l))
		require.LessOrEqual(t, fresh.Worst(), doctor.Info)
		require.Contains(t, codes(fresh), "group-new")

		serve(t, b, l)
		kafkatest.ProduceValues(b, topic, numbers(20)...)
		b.WaitDone(group, topic)
		b.WaitMembers(group, 2)
		r := examine(t, specs(t, b, nil, l))
		require.LessOrEqual(t, r.Worst(), doctor.Info)
		require.NotContains(t, codes(r), "foreign-members")
		require.NotContains(t, codes(r), "lag")
		require.Less(t, r.Took, 5*time.Second)
	})
}

// TestDoctorNamesWhatIsWrong: eight planted faults, each named with its way out.
func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		orders, other := b.NewTopic("orders", 2), b.NewTopic("other", 1)
		kafkatest.ProduceValues(b, orders, numbers(5)...)
		clash, strict, astray, shared := b.Unique("clash"), b.Unique("strict"), b.Unique("astray"), b.Unique("shared")
		member(t, b.Brokers(), clash, other, map[string]any{"partition.assignment.strategy": "range", "group.instance.id": "pod-clash-0"})
		b.WaitMembers(clash, 1)
		modern := b.Unique("modern")
		member(t, b.Brokers(), modern, orders, map[string]any{"group.protocol": "consumer"})
		b.WaitMembers(modern, 1)
		b.Commit(astray, orders, 0, kafkatest.Commit{Offset: 1000})
		earliest := factory.AutoOffsetReset(factory.Earliest)
		r := examine(t, specs(t, b, nil,
			listener.On("typo", nothing, listener.Topics(orders[:len(orders)-1]), listener.GroupID(b.Unique("typo")), earliest),
			listener.On("clash", nothing, listener.Topics(orders), listener.GroupID(clash), factory.Concurrency(3), factory.Property("group.instance.id", "pod")),
			listener.On("strict", nothing, listener.Topics(orders), listener.GroupID(strict), factory.AutoOffsetReset(factory.None)),
			listener.On("astray", nothing, listener.Topics(orders), listener.GroupID(astray), earliest),
			listener.On("left", nothing, listener.Topics(orders), listener.GroupID(shared)),
			listener.On("right", nothing, listener.Topics("^"+other), listener.GroupID(shared)),
			listener.On("modern", nothing, listener.Topics(orders), listener.GroupID(modern)),
			listener.On("nowhere", nothing, listener.Topics("^nothing-.*"), listener.GroupID(b.Unique("nowhere"))),
		))
		found := codes(r)
		require.Contains(t, found["topic-missing"].Problem, "did you mean "+orders+"?")
		require.Contains(t, found["topic-missing"].Fix, "--create --topic "+orders[:len(orders)-1]+" --partitions 1")
		require.Equal(t, "clash", found["assignor-clash"].Listener)
		require.Contains(t, found["assignor-clash"].Problem, "me-0 on ")
		require.Contains(t, found["assignor-clash"].Problem, "use range, this listener cooperative-sticky")
		require.Contains(t, found["assignor-clash"].Fix, "assignor: keep")
		require.Contains(t, found["static-id-taken"].Problem, "pod-clash-0 is held by me-0")
		require.Contains(t, found["foreign-topics"].Problem, other)
		require.Contains(t, found["foreign-members"].Problem, "me-0 on ")
		require.Contains(t, found["consumers-idle"].Problem, "3 consumers for 2 partitions: 1 of them")
		require.Equal(t, "strict", found["offset-missing"].Listener)
		require.Contains(t, found["offset-above-end"].Problem, "1000")
		require.Contains(t, found["offset-above-end"].Problem, "read again")
		require.Equal(t, "modern", found["protocol-differs"].Listener)
		require.Contains(t, found["protocol-differs"].Problem, "speak the consumer protocol, this listener classic")
		require.Contains(t, found["group-shared"].Problem, "left, right")
		require.Contains(t, found, "pattern-matches-nothing")
		require.NotContains(t, found, "check-failed")
	}, quickHeartbeats)
}

const canary = "canary-4711"

// TestDoctorAndRights: what a user may not do is named with the command; a
// wrong password is named as such, at once, and is not printed.
func TestDoctorAndRights(t *testing.T) {
	t.Parallel()
	allow := func(resource kmsg.ACLResourceType, name string, op kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(1, "seen", "hidden"),
		kfake.Superuser("PLAIN", "admin", "admin"),
		kfake.User("PLAIN", "service", canary,
			allow(kmsg.ACLResourceTypeTopic, "seen", kmsg.ACLOperationDescribe),
			allow(kmsg.ACLResourceTypeGroup, "mine", kmsg.ACLOperationRead),
		))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	service := func(password, brokers string) []container.Spec {
		cfg, err := config.Load(config.Map(map[string]any{"kafka": map[string]any{
			"bootstrap-servers": brokers, "consumer": map[string]any{"auto-offset-reset": "earliest"}, "allow-insecure": true,
			"properties": map[string]any{"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "service", "sasl.password": password},
		}}), config.Environ())
		require.NoError(t, err)
		out, err := factory.Specs(cfg, nil, []listener.Listener{
			listener.On("seen", nothing, listener.Topics("seen"), listener.GroupID("mine")),
			listener.On("hidden", nothing, listener.Topics("hidden"), listener.GroupID("theirs")),
		})
		require.NoError(t, err)
		return out
	}
	brokers := c.ListenAddrs()[0]

	r := examine(t, service(canary, brokers))
	require.NotContains(t, codes(r), "check-failed")
	lacking := map[string]string{}
	for _, f := range r.Findings {
		if f.Severity == doctor.Error {
			lacking[f.Subject] = f.Code + " " + f.Fix
		}
	}
	require.Contains(t, lacking["topic seen"], "--operation Read --topic seen")
	require.Contains(t, lacking["topic hidden"], "--operation Read --operation Describe --topic hidden")
	require.Contains(t, lacking["group theirs"], "--operation Read --operation Describe --group theirs")
	require.NotContains(t, lacking, "group mine")

	r = examine(t, service(canary+"-wrong", brokers+",127.0.0.1:1"))
	require.Contains(t, codes(r), "sasl-failed")
	require.Contains(t, codes(r), "broker-unreachable")
	require.Less(t, r.Took, 4*time.Second)
	require.NotContains(t, text(t, r), canary)

	r = examine(t, service(canary, brokers+",127.0.0.1:1,nowhere.invalid:9092"))
	require.Contains(t, codes(r), "bootstrap-partial")
	require.NotContains(t, codes(r), "broker-unreachable")
	require.NotContains(t, text(t, r), canary)
}

func text(t *testing.T, r doctor.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Write(&b))
	return b.String()
}

// TestDoctorAndTLS: the client's own lines say what is wrong with a handshake.
func TestDoctorAndTLS(t *testing.T) {
	t.Parallel()
	// httptest's certificate is for example.com and 127.0.0.1, of an authority that nobody knows.
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "seen"), kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates}))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	look := func(properties map[string]any) doctor.Report {
		cfg, err := config.Load(config.Map(map[string]any{"kafka": map[string]any{"bootstrap-servers": c.ListenAddrs()[0], "properties": properties}}), config.Environ())
		require.NoError(t, err)
		out, err := factory.Specs(cfg, nil, []listener.Listener{listener.On("seen", nothing, listener.Topics("seen"))})
		require.NoError(t, err)
		return examine(t, out, doctor.Within(10*time.Second))
	}
	strange := look(map[string]any{"security.protocol": "ssl"})
	require.Contains(t, codes(strange)["tls-failed"].Problem, "certificate verify failed")
	require.Less(t, strange.Took, 3*time.Second)
	plain := look(nil)
	require.Contains(t, codes(plain), "broker-silent")
	require.Contains(t, codes(plain)["broker-silent"].Fix, "security.protocol (plaintext)")
	known := look(map[string]any{"security.protocol": "ssl", "ssl.ca.location": ca})
	require.LessOrEqual(t, known.Worst(), doctor.Info)
}
