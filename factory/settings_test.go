package factory_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestOptionsOfLifeAndMembershipBecomeSpecs(t *testing.T) {
	t.Parallel()
	hears := listener.RebalanceListener{Lost: nil}
	s := one(t, "", nil, on("a", topic,
		factory.StartFail(7*time.Second), factory.OnFatal(factory.AppEnds), factory.AuthExceptionRetryInterval(time.Minute),
		factory.IdleEventInterval(2*time.Second), factory.IdlePartitionEventInterval(3*time.Second),
		factory.GroupInstanceID("pod-${hostname}"), factory.Assignor("Range, RoundRobin"), factory.IsolationLevel("read-uncommitted"),
		factory.ClientID("shop"), listener.OnRebalance(hears)))
	require.Equal(t, spec.StartPolicy{Kind: spec.StartFail, Within: 7 * time.Second}, s.Start)
	require.Equal(t, spec.FatalApp, s.OnFatal)
	require.Equal(t, time.Minute, s.AuthRetry)
	require.Equal(t, 2*time.Second, s.IdleInterval)
	require.Equal(t, 3*time.Second, s.PartitionIdle)
	require.Equal(t, "range,roundrobin", s.Client["partition.assignment.strategy"])
	require.Equal(t, "read_uncommitted", s.Client["isolation.level"])
	require.Equal(t, "shop-a", s.Client["client.id"])
	require.Equal(t, "pod-host-1-a", s.Client["group.instance.id"], "without the member's number")
	require.Contains(t, s.Text, "group-instance-id: pod-host-1 ")
	require.Contains(t, s.Text, "start: fail 7s ")
}

func TestSettingsOfLifeHaveDefaults(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("a", topic))
	require.Equal(t, spec.StartPolicy{Kind: spec.StartBackground}, s.Start)
	require.Equal(t, spec.FatalListener, s.OnFatal)
	require.Equal(t, 30*time.Second, s.AuthRetry)
	require.Zero(t, s.IdleInterval)
	require.Zero(t, s.PartitionIdle)
	require.Nil(t, s.Partitions)
	require.Nil(t, s.DeleteGroup)
	require.Equal(t, "cooperative-sticky", s.Client["partition.assignment.strategy"])
	require.Empty(t, s.Notes)
}

func TestAListenersRebalanceListenerReplacesItsFactorys(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.OnRebalance(rebalance()))}
	require.False(t, one(t, "", fs, on("a", topic, listener.Factory("f"))).Rebalance.IsZero())
	require.True(t, one(t, "", fs, on("a", topic, listener.Factory("f"), listener.OnRebalance(listener.RebalanceListener{}))).Rebalance.IsZero())
}

func TestAClassicSettingStaysBehindUnderTheConsumerProtocol(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.Assignor("range"), factory.Property("session.timeout.ms", "30000"))}
	s := one(t, "kafka.listeners.a.group-protocol: consumer", fs, on("a", topic, listener.Factory("f")))
	require.Equal(t, "consumer", s.Client["group.protocol"])
	require.NotContains(t, s.Client, "partition.assignment.strategy")
	require.NotContains(t, s.Client, "session.timeout.ms")
	require.Len(t, s.Notes, 2)
	require.Contains(t, s.Notes[0], "assignor: range (code settings_test.go:")
	require.Contains(t, s.Notes[1], "properties.session.timeout.ms: 30000 (code settings_test.go:")
	again := one(t, "", fs, on("a", topic, listener.Factory("f")))
	require.Equal(t, "30000", again.Client["session.timeout.ms"], "the factory itself has not changed")
}

func TestNotesAreInTheTextToo(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("a", topic, factory.GroupInstanceID("${random.uuid}")))
	require.Len(t, s.Notes, 1)
	require.Contains(t, s.Notes[0], "group-instance-id (code settings_test.go:")
	require.Contains(t, s.Text, "# "+s.Notes[0]+"\n")
}

// Every key of configuration has an option of its name, or options that begin
// with it, one for each of its values.
func TestEveryKeyHasAnOption(t *testing.T) {
	t.Parallel()
	inFactory, inListener := exported(t, "."), exported(t, "../listener")
	for _, k := range spec.Keys {
		names, where := inFactory, "factory"
		if k.Scope == spec.ListenerScope {
			names, where = inListener, "listener"
		}
		require.True(t, hasOption(names, camel(k.Name)), "package %s has no option for %s", where, k.Name)
	}
	require.False(t, hasOption(inFactory, camel("no-such-key")), "the check itself finds what is missing")
}

func hasOption(names map[string]bool, want string) bool {
	if names[want] {
		return true
	}
	for name := range names {
		if strings.HasPrefix(name, want) {
			return true
		}
	}
	return false
}

// exported returns the exported functions of a package that return an Option.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	out := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Type.Results == nil || !f.Name.IsExported() {
				continue
			}
			if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "Option" {
				out[f.Name.Name] = true
			}
		}
	}
	return out
}

func camel(key string) string {
	var b strings.Builder
	for _, main := range []string{".enabled", ".delays"} { // the option of the whole group
		key = strings.TrimSuffix(key, main)
	}
	for word := range strings.SplitSeq(strings.ReplaceAll(key, ".", "-"), "-") {
		if word == "id" {
			word = "ID"
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
