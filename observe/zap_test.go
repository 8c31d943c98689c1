package observe_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/observe"
)

var (
	member = event.Consumer{Listener: "billing", Group: "g", Index: 1}
	part   = event.Partition{Topic: "orders", ID: 3}
	boom   = errors.New("boom")
	when   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// allSettings is what spec.Render makes.
const allSettings = "ack-mode: BATCH  # default\nworkers: 2       # hearken.yaml:3\n"

// lines has a case for every event, and one for each way it is told.
var lines = []struct {
	give  event.Event
	level zapcore.Level
	text  string
	with  map[string]any
}{
	{
		event.ListenerStarting{Listener: "billing", AckMode: "BATCH", Topics: []string{"orders"}, Concurrency: 2, Settings: allSettings},
		zap.InfoLevel, "listener starting",
		map[string]any{"listener": "billing", "ack_mode": "BATCH", "settings": []any{"workers: 2       # hearken.yaml:3"}},
	},
	{event.ListenerStopped{Listener: "billing", Reason: "stopped"}, zap.InfoLevel, "listener stopped", map[string]any{"reason": "stopped"}},
	{event.ListenerStopped{Listener: "billing", Abandoned: []string{"orders[3]@7"}}, zap.WarnLevel, "listener stopped", map[string]any{"abandoned": []any{"orders[3]@7"}}},
	{event.ListenerStopped{Listener: "billing", Err: boom}, zap.ErrorLevel, "listener stopped", map[string]any{"error": "boom"}},
	{event.ListenerPaused{Listener: "billing"}, zap.InfoLevel, "listener pausing", nil},
	{event.ListenerPaused{Listener: "billing", Reached: true}, zap.InfoLevel, "listener paused", nil},
	{event.ListenerResumed{Listener: "billing"}, zap.InfoLevel, "listener resumed", nil},
	{event.ConsumerStarted{Consumer: member}, zap.InfoLevel, "consumer started", map[string]any{"consumer": int64(1), "group": "g"}},
	{event.ReaderFallback{Listener: "billing", Err: boom}, zap.WarnLevel, "reader: queues does not know this client, the listener reads by poll", map[string]any{"error": "boom"}},
	{event.ConsumerFailed{Consumer: member, Err: boom, Retry: time.Second}, zap.WarnLevel, "consumer failed, and is opened again", map[string]any{"retry": time.Second}},
	{event.ConsumerNotAllowed{Consumer: member, Err: boom, Retry: time.Second}, zap.ErrorLevel, "consumer is not allowed to connect or read, its client is made again", map[string]any{"error": "boom", "retry": time.Second}},
	{event.ListenerAdded{Listener: "billing"}, zap.InfoLevel, "listener added", nil},
	{event.ListenerRemoved{Listener: "billing"}, zap.InfoLevel, "listener removed", nil},
	{event.ListenerResized{Listener: "billing", From: 1, To: 8}, zap.InfoLevel, "listener resized", map[string]any{"from": int64(1), "to": int64(8)}},
	{event.ListenerIdle{Listener: "billing", Idle: time.Minute}, zap.InfoLevel, "listener is idle", map[string]any{"idle": time.Minute}},
	{event.ListenerIdle{Listener: "billing", Over: true}, zap.InfoLevel, "listener is idle no more", nil},
	{event.HealthChanged{Listener: "billing", Status: "up"}, zap.InfoLevel, "listener health", map[string]any{"status": "up"}},
	{event.HealthChanged{Listener: "billing", Status: "stopped", Reason: "auto-startup is off"}, zap.InfoLevel, "listener health", map[string]any{"reason": "auto-startup is off"}},
	{event.HealthChanged{Listener: "billing", Status: "down", Reason: "waits for topic orders"}, zap.WarnLevel, "listener health", map[string]any{"reason": "waits for topic orders"}},
	{event.GroupDeleted{Listener: "billing", Group: "g"}, zap.InfoLevel, "consumer group deleted after the stop", map[string]any{"group": "g"}},
	{event.GroupDeleted{Listener: "billing", Group: "g", Err: boom}, zap.WarnLevel, "consumer group deleted after the stop", map[string]any{"error": "boom"}},
	{event.NotAssigned{Consumer: member, Reason: "waits for topic orders", Since: when}, zap.WarnLevel, "consumer has no partition", map[string]any{"reason": "waits for topic orders", "since": when}},
	{event.NotAssigned{Consumer: member, Reason: "idle member", Idle: true}, zap.InfoLevel, "consumer has no partition", nil},
	{event.NotAssigned{Consumer: member, Resolved: true}, zap.InfoLevel, "consumer waits no more for partitions", nil},
	{event.RebalanceCallbackFailed{Consumer: member, Callback: "Lost", Err: boom}, zap.ErrorLevel, "rebalance callback failed", map[string]any{"callback": "Lost", "error": "boom"}},
	{event.Sought{Consumer: member, Partition: part, From: 5, To: -2}, zap.InfoLevel, "partition was moved by a seek", map[string]any{"from": int64(5), "to": "beginning"}},
	{event.PartitionPaused{Consumer: member, Partition: part, ByUser: true}, zap.InfoLevel, "partition paused", map[string]any{"by_request": true}},
	{event.PartitionPaused{Consumer: member, Partition: part}, zap.DebugLevel, "partition paused", map[string]any{"by_request": false}},
	{event.PartitionResumed{Consumer: member, Partition: part}, zap.DebugLevel, "partition resumed", map[string]any{"partition": int32(3)}},
	{event.PartitionIdle{Consumer: member, Partition: part, Idle: time.Minute}, zap.InfoLevel, "partition is idle", map[string]any{"idle": time.Minute}},
	{event.PartitionIdle{Consumer: member, Partition: part, Over: true}, zap.InfoLevel, "partition is idle no more", nil},
	{event.CommitFailed{Consumer: member, Err: boom, Stale: true}, zap.InfoLevel, "commit failed, and is sent again", nil},
	{event.ConsumerEnded{Consumer: member}, zap.InfoLevel, "consumer ended", nil},
	{event.ConsumerEnded{Consumer: member, Err: boom}, zap.ErrorLevel, "consumer ended", map[string]any{"error": "boom"}},
	{
		event.Assigned{Consumer: member, Partitions: []event.Partition{part, {Topic: "orders", ID: 4}}, Starts: []int64{42, -1}},
		zap.InfoLevel, "partitions assigned",
		map[string]any{"partitions": []any{"orders[3]@42", "orders[4]"}},
	},
	{event.Revoked{Consumer: member, Partitions: []event.Partition{part}}, zap.InfoLevel, "partitions revoked", map[string]any{"partitions": []any{"orders[3]"}}},
	{event.Revoked{Consumer: member, Partitions: []event.Partition{part}, Err: boom}, zap.WarnLevel, "partitions revoked", map[string]any{"error": "boom"}},
	{event.Lost{Consumer: member, Partitions: []event.Partition{part}}, zap.WarnLevel, "partitions lost, nothing was committed for them", nil},
	{event.Committed{Consumer: member, Offsets: []event.Commit{{Partition: part, Offset: 9}}}, zap.DebugLevel, "offsets committed", map[string]any{"offsets": []any{"orders[3]@9"}}},
	{event.CommitMapRestored{Consumer: member, Partition: part, Offset: 3, Done: 5, End: 9}, zap.InfoLevel, "records above the committed offset are done already", map[string]any{"offset": int64(3), "done": int64(5), "end": int64(9)}},
	{event.CommitMapRefused{Consumer: member, Partition: part, Offset: 3, Err: boom}, zap.WarnLevel, "commit metadata is not used", map[string]any{"error": "boom"}},
	{event.CommitMapTooLarge{Consumer: member, Partition: part, Length: 4096, Limit: 2048}, zap.WarnLevel, "commit metadata is too large for the broker", map[string]any{"limit": int64(2048)}},
	{event.CommitFailed{Consumer: member, Err: boom, Retry: time.Second}, zap.WarnLevel, "commit failed, and is sent again", map[string]any{"error": "boom"}},
	{failed(errorhandler.Redeliver(time.Second)), zap.WarnLevel, "record failed", map[string]any{"offset": int64(7), "verdict": "redeliver after 1s", "error": "boom", "since": when}},
	{failed(errorhandler.Hold(time.Second)), zap.ErrorLevel, "record failed", map[string]any{"verdict": "hold, again after 1s"}},
	{failed(errorhandler.Skip()), zap.ErrorLevel, "record failed", map[string]any{"verdict": "skip"}},
	{failed(errorhandler.Stop()), zap.ErrorLevel, "record failed", map[string]any{"verdict": "stop"}},
	{
		event.RecordFailed{Consumer: member, Partition: part, Records: 5, Err: &errorhandler.PanicError{Value: "x", Stack: []byte("main.go:1\nmain.go:2")}},
		zap.WarnLevel, "batch failed",
		map[string]any{"records": int64(5), "error": "handler panicked: x", "stack": "main.go:1\nmain.go:2"},
	},
	{event.Recovered{Consumer: member, Partition: part, Offset: 7, Attempt: 3, Err: boom, By: "the park", Tries: 2}, zap.WarnLevel, "record given up and recovered", map[string]any{"by": "the park", "error": "boom", "attempt": int64(3), "tries": int64(2)}},
	{
		event.RecoveryFailed{Consumer: member, Partition: part, Offset: 7, Err: errors.New("no topic"), Cause: boom, By: "the park", Tries: 2, Retry: time.Second, Since: when},
		zap.ErrorLevel, "recoverer failed, the record stays undone and its partition waits: it is asked again",
		map[string]any{"by": "the park", "error": "no topic", "cause": "boom", "retry": time.Second, "since": when},
	},
	{event.RecordsFiltered{Consumer: member, Partition: part, Records: 3, First: 5, Last: 8}, zap.DebugLevel, "records filtered out", map[string]any{"records": int64(3), "last": int64(8)}},
	{event.RecordNacked{Consumer: member, Partition: part, Offset: 7, Attempt: 2, Delay: time.Second}, zap.DebugLevel, "record nacked", map[string]any{"attempt": int64(2)}},
	{event.AckedButFailed{Consumer: member, Partition: part, Offset: 7, Err: boom}, zap.WarnLevel, "handler failed after it had acknowledged, the record is done", nil},
	{event.RequestUnanswered{Consumer: member, Partition: part, Offset: 7, Err: boom}, zap.WarnLevel, "request handled without a reply: its headers say no place for one", map[string]any{"offset": int64(7), "error": "boom"}},
	{event.LateAck{Consumer: member, Partition: part, Offset: 7}, zap.InfoLevel, "acknowledgment refused, its assignment is over", nil},
	{event.Stalled{Consumer: member, Partition: part, Reason: "not acknowledged"}, zap.WarnLevel, "partition does not move", map[string]any{"reason": "not acknowledged"}},
	{event.Stalled{Consumer: member, Partition: part, Resolved: true}, zap.InfoLevel, "partition moves again", nil},
	{event.HandlerOverdue{Consumer: member, Partition: part, Running: time.Minute}, zap.WarnLevel, "handler ran past its timeout, its context was cancelled", nil},
	{event.HandlerOverdue{Consumer: member, Partition: part, Leaving: true}, zap.ErrorLevel, "handler hangs, the consumer leaves its group", nil},
	{event.ClientError{Consumer: member, Err: boom, Repeats: 3}, zap.WarnLevel, "client error", map[string]any{"repeats": int64(3)}},
	{event.ClientLog{Consumer: member, Level: 4, Tag: "FAIL", Text: "down"}, zap.WarnLevel, "client log", map[string]any{"tag": "FAIL", "text": "down"}},
	{event.Dropped{Events: 12}, zap.WarnLevel, "events were dropped, an observer is too slow", map[string]any{"events": uint64(12)}},
}

func failed(v errorhandler.Verdict) event.RecordFailed {
	return event.RecordFailed{Consumer: member, Partition: part, Offset: 7, Records: 1, Attempt: 1, Err: boom, Verdict: v.String(), Held: v.Held, Since: when}
}

func TestZapWritesOneLinePerEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range lines {
		log, logs := recorder()
		observe.NewZap(log).Observe(tt.give)

		want := 1
		if _, starting := tt.give.(event.ListenerStarting); starting {
			want = 2
		}
		require.Equal(t, want, logs.Len(), "%T", tt.give)
		got := logs.All()[0]
		require.Equal(t, tt.text, got.Message)
		require.Equal(t, tt.level, got.Level, "%T: %s", tt.give, got.Message)
		for key, want := range tt.with {
			require.Equal(t, want, got.ContextMap()[key], "%T: field %s", tt.give, key)
		}
	}
}

// A new event without a line fails here: the names come from the source.
func TestZapKnowsEveryEvent(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, tt := range lines {
		told[reflect.TypeOf(tt.give).Name()] = true
	}
	events := eventNames(t)
	require.NotEmpty(t, events)
	for _, name := range events {
		require.True(t, told[name], "event.%s has no line: add a case to a lines_*.go and to this test's table", name)
	}
}

// eventNames are the types with the method that seals the set.
func eventNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../event/*.go")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		src, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range src.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "event" {
				names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	return names
}

func TestClientLevels(t *testing.T) {
	t.Parallel()
	want := []zapcore.Level{
		zap.ErrorLevel, zap.ErrorLevel, zap.ErrorLevel, zap.ErrorLevel,
		zap.WarnLevel, zap.InfoLevel, zap.InfoLevel, zap.DebugLevel,
	}
	for syslog, level := range want {
		log, logs := recorder()
		observe.NewZap(log).Observe(event.ClientLog{Level: syslog})
		require.Equal(t, level, logs.All()[0].Level, "syslog level %d", syslog)
	}
}

func TestTheClientsTelemetryIsQuiet(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]zapcore.Level{
		"GETSUBSCRIPTIONS": zap.DebugLevel, "PUSHTELEMETRY": zap.DebugLevel, "FAIL": zap.InfoLevel,
	} {
		log, logs := recorder()
		observe.NewZap(log).Observe(event.ClientLog{Level: 6, Tag: tag})
		require.Equal(t, want, logs.All()[0].Level, tag)
	}
	log, logs := recorder()
	observe.NewZap(log).Observe(event.ClientLog{Level: 3, Tag: "PUSHTELEMETRY"})
	require.Equal(t, zap.ErrorLevel, logs.All()[0].Level, "an error is one all the same")
}

func TestAllSettingsAreWrittenAtDebug(t *testing.T) {
	t.Parallel()
	log, logs := recorder()
	observe.NewZap(log).Observe(event.ListenerStarting{Listener: "billing", Settings: allSettings})
	got := logs.FilterMessage("listener settings").All()
	require.Len(t, got, 1)
	require.Equal(t, zap.DebugLevel, got[0].Level)
	require.Equal(t, []any{"ack-mode: BATCH  # default", "workers: 2       # hearken.yaml:3"}, got[0].ContextMap()["settings"])
}

func TestZapWithoutLogger(t *testing.T) {
	t.Parallel()
	require.NotPanics(t, func() { observe.NewZap(nil).Observe(event.Dropped{}) })
}

func TestUntrustedTextStaysInItsField(t *testing.T) {
	t.Parallel()
	evil := "x\nERROR forged line\x1b[31m" + strings.Repeat("y", 1000)
	log, logs := recorder()
	o := observe.NewZap(log)
	o.Observe(event.ClientLog{Text: evil})
	o.Observe(event.ConsumerFailed{Err: errors.New(evil)})
	o.Observe(event.ListenerStopped{Reason: evil, Abandoned: []string{evil}})

	for _, entry := range logs.All() {
		require.NotContains(t, entry.Message, "forged")
		for _, f := range entry.Context {
			require.NotContains(t, f.String, "\n")
			require.NotContains(t, f.String, "\x1b")
			require.LessOrEqual(t, len(f.String), observe.TextCap)
		}
	}
}

func TestLongListsAreCut(t *testing.T) {
	t.Parallel()
	log, logs := recorder()
	observe.NewZap(log).Observe(event.Lost{Consumer: member, Partitions: make([]event.Partition, 500)})
	shown := logs.All()[0].ContextMap()["partitions"].([]any)
	require.Len(t, shown, 101)
	require.Equal(t, "and 400 more", shown[100])
}

func recorder() (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(zap.DebugLevel)
	return zap.New(core), logs
}
