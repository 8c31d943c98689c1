package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
)

// hearken dlt does what it says, and only with -yes; what could not be sent
// stays open, and is not said to have gone anywhere.
func TestDltCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the command")
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "hearken")
	built, err := exec.Command("go", "build", "-o", command, "github.com/hearken-go/hearken/cmd/hearken").CombinedOutput()
	require.NoError(t, err, "%s", built)
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		settings := filepath.Join(t.TempDir(), "hearken.yaml")
		require.NoError(t, os.WriteFile(settings, []byte("kafka.bootstrap-servers: "+b.Brokers()+"\n"), 0o600))
		dlt := func(code int, args ...string) string {
			t.Helper()
			cmd := exec.Command(command, append([]string{"dlt", args[0], "-file", settings}, args[1:]...)...)
			text, _ := cmd.CombinedOutput()
			require.Equal(t, code, cmd.ProcessState.ExitCode(), "%v: %s", args, text)
			return string(text)
		}
		topic, group := b.NewTopic("orders", 1), b.Unique("billing")
		dead, retry := topic+"-dlt", topic+"-"+group+"-retry-1h"
		s := serve(t, b, refuser(topic, group, factory.RetryTopics(time.Hour)))
		waitMade(t, s, dead)
		waitMade(t, s, retry)
		b.Produce(topic, kafkatest.KV("a", "secret"), kafkatest.Tombstone("b").WithHeader("trace", "7"), kafkatest.KV("c", "secret"))
		b.WaitRecords(dead, 3)
		_, err := s.stop()
		require.NoError(t, err)

		shown := dlt(0, "show", dead)
		require.Contains(t, shown, `key "b", 0 bytes`)
		require.NotContains(t, shown, "secret", "values are shown where they are asked for")
		require.Contains(t, dlt(0, "show", "-values", dead), "value secret")
		note := "  note: nobody reads " + retry + " now: group " + group + "-retry has no members; what is sent waits there until its listener runs with this delay\n"
		require.Equal(t, "would have replayed 3 records\n  3 to "+retry+"\n"+note+"nothing was done: -yes does it\n", dlt(0, "replay", dead))
		require.Equal(t, "would have dropped 3 records\nnothing was done: -yes does it\n", dlt(0, "drop", dead))
		require.Equal(t, dead+"\t3 open of 3\n", dlt(0, "list", dead))

		require.Equal(t, "replayed 1 records\n  1 to "+retry+"\n"+note, dlt(0, "replay", "-yes", "-key", "b", dead))
		again := b.WaitRecords(retry, 1)[0]
		require.Equal(t, "b", string(again.Key))
		require.Nil(t, again.Value, "a tombstone stays one")
		trace, _ := again.Headers.Get("trace")
		require.Equal(t, "7", string(trace))
		require.Equal(t, 1, letterOf(t, again).Replays)
		require.Equal(t, dead+"\t2 open of 3\n", dlt(0, "list", dead))
		require.Equal(t, "dropped 1 records\n", dlt(0, "drop", "-yes", "-from", "2", "-error", "bad", dead))
		require.Equal(t, dead+"\t1 open of 3\n", dlt(0, "list", dead))

		restore := refuse(t, b, retry)
		require.NotContains(t, dlt(2, "replay", "-yes", "-timeout", "2s", dead), " to "+retry+"\n")
		restore()
		require.Equal(t, dead+"\t1 open of 3\n", dlt(0, "list", dead), "what was not sent stays open")
		require.Equal(t, "replayed 1 records\n  1 to "+topic+"\n", dlt(0, "replay", "-yes", "-to-original", dead))
		require.Equal(t, "replayed 0 records\n", dlt(0, "replay", "-yes", dead), "each once")
		require.Len(t, b.Records(topic), 4)
		require.Contains(t, dlt(0, "show", "-all", dead), "(dealt with)")
	})
}
