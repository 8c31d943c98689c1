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

// A modeRow is what a mode commits of one chunk of four records.
type modeRow struct {
	opts  []listener.Option
	steps []int64 // committed after record 0, 1, 2, 3 is done
	end   int64   // committed a while after the last one
	// timer is after what time a clock commits what is there: since the
	// listener's start, or since a record's end where quiet is set.
	timer time.Duration
	quiet bool
}

// TestEachModeCommitsWhatItsRowSays walks one chunk of four records through
// the handler, record by record.
func TestEachModeCommitsWhatItsRowSays(t *testing.T) {
	const second = time.Second // how long a mode with a count waits for more
	tests := map[ackmode.Mode]modeRow{
		ackmode.Record:          {steps: []int64{1, 2, 3, 4}, end: 4},
		ackmode.Batch:           {steps: []int64{-1, -1, -1, 4}, end: 4},
		ackmode.Time:            {steps: []int64{-1, -1, -1, -1}, end: 4, timer: 2 * second},
		ackmode.Count:           {opts: opts(factory.AckCount(3)), steps: []int64{-1, -1, 3, 3}, end: 4, timer: second, quiet: true},
		ackmode.CountTime:       {opts: opts(factory.AckCount(3), factory.AckTime(time.Hour)), steps: []int64{-1, -1, 3, 3}, end: 4, timer: second, quiet: true},
		ackmode.Manual:          {steps: []int64{-1, -1, -1, 4}, end: 4},
		ackmode.ManualImmediate: {steps: []int64{1, 2, 3, 4}, end: 4},
	}
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				row := tests[mode]
				for tries := 1; !row.walked(t, b, mode); tries++ {
					require.Less(t, tries, 20, "no walk was quicker than the clock")
					if !row.quiet {
						row.timer *= 2
					}
				}
			}, kafkatest.MinSessionTimeout(time.Second))
		})
	}
}

// walked reports whether the walk was quicker than the mode's clock, so that
// all of it was seen.
func (row modeRow) walked(t *testing.T, b *kafkatest.Broker, mode ackmode.Mode) bool {
	topic, group := b.NewTopic("modes", 1), b.Unique("modes")
	kafkatest.ProduceValues(b, topic, numbers(4)...)
	started, gate := make(chan int64), make(chan struct{})
	walk := func(r listener.Record[string]) { started <- r.Offset; <-gate }
	common := append(opts(listener.Topics(topic), listener.GroupID(group), factory.AckMode(mode)), row.opts...)
	if mode == ackmode.Time {
		common = append(common, factory.AckTime(row.timer))
	}
	clock, before := time.Now(), int64(-1)
	s := serve(t, b, walker(mode, walk, common))
	defer s.close()
	quick := true
	inTime := func() bool {
		quick = quick && (row.timer == 0 || time.Since(clock) < row.timer)
		return quick
	}
	for i, want := range row.steps {
		require.EqualValues(t, i, <-started)
		if i == 0 && row.quiet {
			clock = time.Now() // nothing is done yet that a clock could commit
		}
		if got := offset(b, group, topic, 0); inTime() {
			require.Equal(t, before, got, "while record %d runs", i)
		}
		if row.quiet {
			clock = time.Now()
		}
		gate <- struct{}{}
		eventually(t, fmt.Sprintf("offset %d after record %d", want, i), func() (bool, string) {
			got := offset(b, group, topic, 0)
			return got == want || !inTime(), fmt.Sprint(got)
		})
		before = want
	}
	b.WaitCommitted(group, topic, 0, row.end)
	if quick {
		require.GreaterOrEqual(t, time.Since(clock), row.timer, "the clock commits the rest, and not sooner")
	}
	return quick
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
