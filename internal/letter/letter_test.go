package letter_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

var some = letter.Letter{
	Topic: "orders", Partition: 3, Offset: 42, Timestamp: time.UnixMilli(1_700_000_000_123),
	Group: "billing", Listener: "orders", Attempts: 4, First: time.UnixMilli(1_700_000_001_000).UTC(), Last: time.UnixMilli(1_700_000_002_000).UTC(),
	ErrorType: "*errors.errorString", Error: "boom", Replays: 1, Retries: 2, Due: time.UnixMilli(1_700_000_003_000).UTC(),
}

func TestALetterComesBack(t *testing.T) {
	t.Parallel()
	mine := listener.Headers{{Key: "trace", Value: []byte("1")}, {Key: "null"}, {Key: "trace", Value: []byte("2")}}
	headers := some.Headers(mine)
	back, ok := letter.Read(headers)
	require.True(t, ok)
	require.Equal(t, some, back)
	require.Equal(t, mine, letter.Strip(headers), "the record's own, as they were")
	require.Len(t, headers, len(mine)+14)
}

// A record that dies again and again does not grow.
func TestHeadersDoNotPileUp(t *testing.T) {
	t.Parallel()
	l, headers := some, listener.Headers{{Key: "mine"}}
	for range 10 {
		l.Replays++
		headers = l.Headers(headers)
		require.Len(t, headers, 1+14)
	}
	l.Due, l.Retries, l.Stack = time.Time{}, 0, "goroutine 1"
	require.Len(t, l.Headers(headers), 1+12+1)
}

// Whatever stands in the headers, reading them does no harm and yields no nonsense.
func TestHeadersAreReadStrictly(t *testing.T) {
	t.Parallel()
	names := []string{
		letter.HeaderTopic, letter.HeaderPartition, letter.HeaderOffset, letter.HeaderTimestamp, letter.HeaderAttempts,
		letter.HeaderReplays, letter.HeaderRetries, letter.HeaderDue, letter.HeaderFirst,
	}
	rapid.Check(t, func(t *rapid.T) {
		headers := some.Headers(nil)
		for range rapid.IntRange(1, 5).Draw(t, "forged") {
			headers = append(headers, listener.Header{
				Key: rapid.SampledFrom(names).Draw(t, "name"), Value: rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "value"),
			})
		}
		l, ok := letter.Read(headers)
		if !ok {
			require.Zero(t, l)
			return
		}
		require.True(t, letter.Legal(l.Topic))
		require.GreaterOrEqual(t, l.Partition, int32(0))
		require.GreaterOrEqual(t, l.Offset, int64(0))
		for _, n := range []int{l.Attempts, l.Replays, l.Retries} {
			require.GreaterOrEqual(t, n, 0)
			require.LessOrEqual(t, n, 1_000_000)
		}
	})
	for _, bad := range []string{"-1", "1e3", "+1", " 1", "9999999", "0x10", ""} {
		headers := append(some.Headers(nil), listener.Header{Key: letter.HeaderAttempts, Value: []byte(bad)})
		l, ok := letter.Read(headers)
		require.True(t, ok)
		require.Zero(t, l.Attempts, bad)
	}
}

func TestTextsAreEscapedAndCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, `a\nb\u001b[31m\u202ec\xff`, letter.Escape("a\nb\x1b[31m\u202ec\xff", 100))
	require.Equal(t, "über", letter.Escape("über", 5))
	require.Equal(t, "ab...", letter.Escape("abcdef", 5))
	rapid.Check(t, func(t *rapid.T) {
		text, longest := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text")), rapid.IntRange(0, 40).Draw(t, "longest")
		got := letter.Escape(text, longest)
		require.LessOrEqual(t, len(got), longest)
		require.True(t, utf8.ValidString(got))
		require.False(t, strings.ContainsFunc(got, unicode.IsControl))
	})
	l := some
	l.Error, l.ErrorType, l.Stack = strings.Repeat("x", 1<<20), strings.Repeat("y", 1<<20), strings.Repeat("z", 1<<20)
	size := 0
	for _, h := range l.Headers(nil) {
		size += len(h.Key) + len(h.Value)
	}
	require.Less(t, size, 12<<10)
}

func TestNamesOfTopics(t *testing.T) {
	t.Parallel()
	for d, name := range map[time.Duration]string{
		time.Second: "1s", 10 * time.Second: "10s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h", 100 * time.Minute: "1h40m",
		250 * time.Millisecond: "250ms", 1500 * time.Millisecond: "1500ms", 24 * time.Hour: "24h", 0: "0s", 3601 * time.Second: "1h0m1s",
	} {
		require.Equal(t, "orders-billing-retry-"+name, letter.RetryTopic("orders", "billing", d))
		back, ok := letter.RetryDelay("orders-billing-retry-"+name, "orders", "billing")
		require.True(t, ok, name)
		require.Equal(t, d, back)
	}
	for _, other := range []string{"orders-billing-retry-", "orders-billing-retry-1", "orders-billing-retry--1s", "orders-retry-1s", "orders-billing-retry-60s"} {
		_, ok := letter.RetryDelay(other, "orders", "billing")
		require.False(t, ok, other)
	}
	require.Equal(t, "orders-dlt", letter.DeadTopic("{topic}-dlt", "orders", "billing"))
	require.Equal(t, "dead-billing", letter.DeadTopic("dead-{group}", "orders", "billing"))
}

// No two groups share a topic, and every name is one that Kafka takes.
func TestGroupsAreToldApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		for _, g := range []string{a, b} {
			if g != "" {
				require.True(t, letter.Legal(letter.RetryTopic("t", g, time.Second)), "%q", letter.RetryTopic("t", g, time.Second))
			}
		}
		if a != b {
			require.NotEqual(t, letter.Group(a), letter.Group(b))
		}
	})
}

// What a group's name holds that can't be seen, pasted perhaps, is part of it:
// a letter whose group reads otherwise would be nobody's.
func TestAGroupIsReadAsItIsCalled(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"billing", "billing\u200b", "soft\u00adhyphen", "абв/1"} {
		l := some
		l.Group = group
		back, ok := letter.Read(l.Headers(nil))
		require.True(t, ok)
		require.Equal(t, group, back.Group)
	}
}
