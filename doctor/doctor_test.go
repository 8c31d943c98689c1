package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A scene is a world, its listeners, and the findings that belong to it: each
// code with parts of its text.
type scene struct {
	name  string
	world func(*world)
	specs []container.Spec // nil is billing
	opts  []Option
	want  map[string][]string // nothing else above ok
	ok    []string
}

func client(name, value string) func(*container.Spec) {
	return func(s *container.Spec) { s.Client[name] = value }
}

func reads(topics ...string) func(*container.Spec) {
	return func(s *container.Spec) { s.Topics = topics }
}

func named(id, group string) func(*container.Spec) {
	return func(s *container.Spec) { s.ID, s.Group = id, group }
}

func takes(sets ...spec.PartitionSet) func(*container.Spec) {
	return func(s *container.Spec) { s.Topics, s.Partitions = nil, sets }
}

func resets(r spec.Reset) func(*container.Spec) { return func(s *container.Spec) { s.Reset = r } }

func on(topic string, ids ...int32) []broker.Partition {
	var out []broker.Partition
	for _, id := range ids {
		out = append(out, broker.Partition{Topic: topic, ID: id})
	}
	return out
}

var scenes = slices.Concat(reachScenes, topicScenes, groupScenes, offsetScenes)

var reachScenes = []scene{
	{name: "all is well", ok: []string{"cluster", "topic", "group", "offsets"}},
	{
		name: "the client refuses", world: func(w *world) { w.refuses = &broker.ClientError{Op: "open", Text: "no such property"} },
		want: map[string][]string{"client-refused": {"no such property"}},
	},
	{
		name: "no such host", world: func(w *world) { w.unreachable["b1:9092"] = &net.DNSError{Name: "b1", Err: "no such host"} },
		want: map[string][]string{"broker-unresolved": {"lookup b1: no such host"}},
	},
	{
		name: "nobody there", world: func(w *world) { w.unreachable["b1:9092"] = errRefused },
		want: map[string][]string{"broker-unreachable": {"connection refused", "bootstrap-servers"}},
	},
	{
		name: "one of two", world: func(w *world) { w.unreachable["b9:9092"] = errRefused },
		specs: []container.Spec{billing(client("bootstrap.servers", "b9,PLAINTEXT://b1:9092"))},
		want:  map[string][]string{"bootstrap-partial": {"broker b9", "connection refused"}},
	},
	{
		name: "tls", world: func(w *world) {
			w.says["b1:9092"] = "SSL handshake failed: certificate verify failed: broker certificate could not be verified"
		},
		specs: []container.Spec{billing(client("security.protocol", "ssl"))},
		want:  map[string][]string{"tls-failed": {"could not be verified", "security.protocol (ssl)"}},
	},
	{
		name: "sasl", world: func(w *world) { w.says["b1:9092"] = "SASL authentication error: Authentication failed" },
		specs: []container.Spec{billing(client("sasl.mechanism", "PLAIN"))},
		want:  map[string][]string{"sasl-failed": {"Authentication failed", "sasl.mechanism (PLAIN)"}},
	},
	{
		name: "silence", world: func(w *world) { w.says["b1:9092"] = "Disconnected while requesting ApiVersion" },
		want: map[string][]string{"broker-silent": {"within 5s", "Disconnected", "security.protocol (plaintext)"}},
	},
	{
		name: "advertised", world: func(w *world) { w.unreachable["b2:9092"] = errRefused },
		want: map[string][]string{"advertised-unreachable": {"broker 2", "b2:9092", "advertised.listeners"}},
	},
	{
		name: "oauth", specs: []container.Spec{billing(client("sasl.mechanism", "OAUTHBEARER"))},
		want: map[string][]string{"oauth-unchecked": {"token"}},
	},
	{
		name: "no client", specs: []container.Spec{billing(func(s *container.Spec) { s.Client = nil })},
		want: map[string][]string{"check-failed": {"no client configuration"}},
	},
	{
		name: "every question fails", world: func(w *world) { w.fails = errRefused },
		want: map[string][]string{"check-failed": {"connection refused"}},
	},
	{
		name: "a check panics", world: func(w *world) { w.panics = true },
		want: map[string][]string{"check-failed": {"out of order"}},
	},
	{
		name: "nothing answers any more", world: func(w *world) { w.hangs = true },
		want: map[string][]string{"check-failed": {"no answer in time"}},
	},
	{
		name: "unknown listener", opts: []Option{Only("biling")},
		want: map[string][]string{"listener-unknown": {"biling"}},
	},
}

var topicScenes = []scene{
	{
		name: "missing", specs: []container.Spec{billing(reads("ordes"))},
		want: map[string][]string{"topic-missing": {"did you mean orders?", "--create --topic ordes --partitions 1 --replication-factor 3"}},
	},
	{
		name: "unreadable", world: func(w *world) {
			w.topics["orders"] = broker.TopicDetail{Name: "orders", Err: &broker.ClientError{Op: "describe topics", Text: "boom"}}
		},
		want: map[string][]string{"topic-unreadable": {"boom"}},
	},
	{name: "a pattern", specs: []container.Spec{billing(reads("^ord.*"))}, ok: []string{"pattern", "topic"}},
	{
		name: "a pattern for nothing", specs: []container.Spec{billing(reads("^x.*"))},
		want: map[string][]string{"pattern-matches-nothing": {"^x.*"}},
	},
	{
		name: "explicit partitions", specs: []container.Spec{billing(takes(spec.PartitionSet{Topic: "orders", IDs: []int32{1, 5}}))},
		want: map[string][]string{"partition-missing": {"has 2 partitions", "no 5", "--partitions 6"}},
	},
	{
		name: "copies", world: func(w *world) {
			w.topics["orders"].Partitions[0] = broker.PartitionDetail{Leader: -1, Replicas: 3}
		},
		want: map[string][]string{"leader-missing": {"partitions 0"}, "in-sync-missing": {"1 partition"}},
	},
	{
		name: "one copy", world: func(w *world) {
			for i := range w.topics["orders"].Partitions {
				w.topics["orders"].Partitions[i].Replicas, w.topics["orders"].Partitions[i].InSync = 1, 1
			}
		},
		want: map[string][]string{"replication-one": {"one copy"}},
	},
	{
		name: "min isr is all", world: func(w *world) { w.settings["orders"]["min.insync.replicas"] = "3" },
		want: map[string][]string{"min-isr-all": {"3 of 3 copies", "min.insync.replicas=2"}},
	},
	{
		name: "min isr is one", world: func(w *world) { w.settings["orders"]["min.insync.replicas"] = "1" },
		want: map[string][]string{"min-isr-one": {"1 of 3 copies"}},
	},
	{
		name: "large messages", world: func(w *world) { w.settings["orders"]["max.message.bytes"] = "2000000" },
		specs: []container.Spec{billing(client("receive.message.max.bytes", "1000000"))},
		want:  map[string][]string{"message-size": {"2000000", "1000000", "to 2001024"}},
	},
	{
		name: "idle consumers", specs: []container.Spec{billing(func(s *container.Spec) { s.Concurrency = 2 })}, opts: []Option{Instances(2)},
		want: map[string][]string{"consumers-idle": {"4 consumers for 2 partitions: 2 of them", "concurrency to 1"}},
	},
	{
		name: "may not read", world: func(w *world) {
			t := w.topics["orders"]
			t.Allowed = broker.Operations{"DESCRIBE"}
			w.topics["orders"] = t
		},
		want: map[string][]string{"acl-topic": {"may not read the topic", "--operation Read --topic orders"}},
	},
	{
		name: "may not see", world: func(w *world) {
			w.topics["orders"] = broker.TopicDetail{Name: "orders", Err: &broker.ClientError{Class: broker.Auth, Code: 29}}
		},
		want: map[string][]string{"acl-topic": {"read and describe", "--operation Read --operation Describe --topic orders"}},
	},
}

func TestScenes(t *testing.T) {
	t.Parallel()
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { s.play(t) })
		})
	}
}

func (s scene) play(t *testing.T) {
	w := newWorld()
	if s.world != nil {
		s.world(w)
	}
	specs := s.specs
	if specs == nil {
		specs = []container.Spec{billing()}
	}
	began := time.Now()
	r := w.doctor(s.opts...).run(t.Context(), specs)
	require.LessOrEqual(t, time.Since(began), defaultWithin)
	var text bytes.Buffer
	require.NoError(t, r.Write(&text))
	t.Log("\n" + text.String())
	require.NotRegexp(t, `\{[a-z-]+\}`, text.String(), "a name that nobody filled in")
	for _, f := range r.Findings {
		line := strings.Join([]string{f.Subject, f.Problem, f.Fix}, " ")
		wanted, known := s.want[f.Code]
		if f.Severity > OK {
			require.True(t, known, "%s: %s", f.Code, line)
		}
		for _, part := range wanted {
			require.Contains(t, line, part)
		}
	}
	for code := range s.want {
		require.True(t, slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == code }), code)
	}
	for _, code := range s.ok {
		require.True(t, slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == code && f.Severity == OK }), code)
	}
}

// TestEveryCodeHasAScene keeps rows from being promised that nothing finds.
func TestEveryCodeHasAScene(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{"no-topics": true, "factory-in-code": true} // see TestFromConfig
	for _, s := range scenes {
		for code := range s.want {
			shown[code] = true
		}
		for _, code := range s.ok {
			shown[code] = true
		}
	}
	for code := range byCode {
		require.True(t, shown[code], code)
	}
	for code := range shown {
		require.Contains(t, byCode, code)
	}
}

// TestNoSecret: whatever texts the client and the cluster come with, what is
// secret in the configuration is not in the report.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.says["b1:9092"] = "SASL authentication error: user " + canary + " with " + canary + "\x1b[31m is not known"
		w.fails = &broker.ClientError{Text: canary}
		for _, refuses := range []error{nil, &broker.ClientError{Text: canary}} {
			w.refuses = refuses
			s := billing(client("sasl.username", canary), client("sasl.password", canary), client("ssl.key.password", canary))
			r := w.doctor().run(context.Background(), []container.Spec{s})
			text, err := json.Marshal(r)
			require.NoError(t, err)
			require.NotContains(t, string(text), canary)
			require.Contains(t, string(text), spec.Redacted)
			require.NotContains(t, string(text), "\\u001b")
		}
	})
}

// TestReport: the worst first, and JSON that can be read back.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.topic("other", 1)
	r := w.doctor().run(t.Context(), []container.Spec{billing(), billing(named("two", "two"), reads("ordes", "other"))})
	require.Equal(t, Error, r.Worst())
	require.True(t, slices.IsSortedFunc(r.Findings, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) }))
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(text), `{"severity":"error","code":"topic-missing","listener":"two","subject":"topic ordes"`)
	var back Report
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, r, back)
	require.Error(t, json.Unmarshal([]byte(`{"findings":[{"severity":"fine"}]}`), &back))
	empty := w.doctor().run(t.Context(), nil)
	require.Equal(t, OK, empty.Worst())
	require.NotNil(t, empty.Findings)
}
