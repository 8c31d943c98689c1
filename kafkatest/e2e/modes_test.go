package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestEachModeCommitsWhatItsRowSays walks one chunk of four records through
// the handler, record by record.
func TestEachModeCommitsWhatItsRowSays(t *testing.T) {
	tests := map[ackmode.Mode]struct {
		opts  []listener.Option
		steps []int64 // committed after record 0, 1, 2, 3 is done
		end   int64   // committed a while after the last one
		// least is how long the last commit has to wait
		least time.Duration
	}{
		ackmode.Record:          {steps: []int64{1, 2, 3, 4}, end: 4},
		ackmode.Batch:           {steps: []int64{-1, -1, -1, 4}, end: 4},
		ackmode.Time:            {opts: opts(factory.AckTime(2 * time.Second)), steps: []int64{-1, -1, -1, -1}, end: 4, least: time.Second},
		ackmode.Count:           {opts: opts(factory.AckCount(3)), steps: []int64{-1, -1, 3, 3}, end: 4, least: 900 * time.Millisecond},
		ackmode.CountTime:       {opts: opts(factory.AckCount(3), factory.AckTime(time.Hour)), steps: []int64{-1, -1, 3, 3}, end: 4, least: 900 * time.Millisecond},
		ackmode.Manual:          {steps: []int64{-1, -1, -1, 4}, end: 4},
		ackmode.ManualImmediate: {steps: []int64{1, 2, 3, 4}, end: 4},
	}
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				tt := tests[mode]
				topic, group := b.NewTopic("modes", 1), b.Unique("modes")
				kafkatest.ProduceValues(b, topic, numbers(4)...)
				started, gate := make(chan int64), make(chan struct{})
				walk := func(r listener.Record[string]) { started <- r.Offset; <-gate }
				common := append([]listener.Option{listener.Topics(topic), listener.GroupID(group), factory.AckMode(mode)}, tt.opts...)
				serve(t, b, walker(mode, walk, common))
				began := time.Now()
				for i, want := range tt.steps {
					require.EqualValues(t, i, <-started)
					before := int64(-1)
					if i > 0 {
						before = tt.steps[i-1]
					}
					require.Equal(t, before, offset(b, group, topic, 0), "while record %d runs", i)
					began = time.Now()
					gate <- struct{}{}
					eventually(t, fmt.Sprintf("offset %d after record %d", want, i), func() (bool, string) {
						got := offset(b, group, topic, 0)
						return got == want || (i == 3 && got == tt.end), fmt.Sprint(got)
					})
				}
				b.WaitCommitted(group, topic, 0, tt.end)
				require.GreaterOrEqual(t, time.Since(began), tt.least)
			}, kafkatest.MinSessionTimeout(time.Second))
		})
	}
}

func opts(o ...listener.Option) []listener.Option { return o }

// walker is a listener of the shape that the mode asks for.
func walker(mode ackmode.Mode, walk func(listener.Record[string]), opts []listener.Option) listener.Listener {
	if mode.Row().By == ackmode.ByHandler {
		return listener.OnAck("walker", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			walk(r)
			return ack.Acknowledge()
		}, opts...)
	}
	return listener.On("walker", func(_ context.Context, r listener.Record[string]) error {
		walk(r)
		return nil
	}, opts...)
}

// TestRecordsOfAnotherClient reads what kcat has written: headers, null keys,
// null values, empty ones.
func TestRecordsOfAnotherClient(t *testing.T) {
	if _, err := exec.LookPath("kcat"); err != nil {
		missingTool(t, "kcat")
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("kcat", 1), b.Unique("kcat")
		kcat := func(input string, args ...string) {
			cmd := exec.Command("kcat", append([]string{"-P", "-b", b.Brokers(), "-t", topic, "-p", "0"}, args...)...)
			cmd.Stdin = strings.NewReader(input)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		kcat("k1:v1\n", "-K:", "-H", "trace=abc", "-H", "empty=", "-H", "trace=def")
		kcat("plain\n")
		kcat("gone:\n", "-K:", "-Z")
		kcat(":null key\n", "-K:", "-Z")
		var got log[listener.Record[string]]
		serve(t, b, listener.On("kcat", func(_ context.Context, r listener.Record[string]) error {
			got.add(r)
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		all := got.wait(t, 4)
		b.WaitCommitted(group, topic, 0, 4)
		require.Equal(t, "k1", all[0].Key)
		require.Equal(t, "v1", all[0].Value)
		require.Equal(t, []string{"trace", "empty", "trace"}, []string{all[0].Headers[0].Key, all[0].Headers[1].Key, all[0].Headers[2].Key})
		last, ok := all[0].Headers.Get("trace")
		require.True(t, ok)
		require.Equal(t, "def", string(last))
		require.True(t, all[1].NullKey)
		require.False(t, all[1].Tombstone)
		require.Equal(t, "plain", all[1].Value)
		require.True(t, all[2].Tombstone)
		require.Equal(t, "gone", all[2].Key)
		require.True(t, all[3].NullKey)
		require.Equal(t, "null key", all[3].Value)
		require.WithinDuration(t, time.Now(), all[0].Timestamp, time.Minute)
	})
}
