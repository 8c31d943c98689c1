// Package letter is what the framework writes about a record that it sends to
// a retry topic or a dead-letter topic: the headers, strictly parsed, and the
// topics' names. It does no I/O.
//
// The headers count only on the framework's own topics: whoever may write to a
// source topic could forge them there.
package letter

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// The headers of a letter. Those that spring-kafka has, too, have its names and
// its encodings: numbers in big endian, times in milliseconds.
const (
	HeaderTopic     = "kafka_dlt-original-topic"
	HeaderPartition = "kafka_dlt-original-partition" // 4 bytes
	HeaderOffset    = "kafka_dlt-original-offset"    // 8 bytes
	HeaderTimestamp = "kafka_dlt-original-timestamp" // 8 bytes
	HeaderGroup     = "kafka_dlt-original-consumer-group"
	HeaderErrorType = "kafka_dlt-exception-fqcn"
	HeaderError     = "kafka_dlt-exception-message"
	HeaderStack     = "kafka_dlt-exception-stacktrace" // where it is asked for

	HeaderListener = "hearken_listener"
	HeaderAttempts = "hearken_attempts"      // a number in text
	HeaderFirst    = "hearken_first-failure" // RFC 3339
	HeaderLast     = "hearken_last-failure"
	HeaderReplays  = "hearken_replays"
	HeaderRetries  = "hearken_retries" // of retry topics
	HeaderDue      = "hearken_due"     // of retry topics
)

// own are the names that a letter replaces.
var own = map[string]bool{
	HeaderTopic: true, HeaderPartition: true, HeaderOffset: true, HeaderTimestamp: true, HeaderGroup: true,
	HeaderErrorType: true, HeaderError: true, HeaderStack: true, HeaderListener: true, HeaderAttempts: true,
	HeaderFirst: true, HeaderLast: true, HeaderReplays: true, HeaderRetries: true, HeaderDue: true,
}

// A Letter is what is known of a record that failed.
type Letter struct {
	Topic     string // of the record that failed first
	Partition int32
	Offset    int64
	Timestamp time.Time
	Group     string // as it is called: whoever prints it escapes it
	Listener  string
	Attempts  int       // deliveries, over all topics
	First     time.Time // failure
	Last      time.Time // failure
	ErrorType string
	Error     string
	Stack     string    // "" unless it was asked for
	Replays   int       // how often it was replayed
	Retries   int       // how many retry topics it has been to, this one included
	Due       time.Time // when a retry topic's record may be delivered; zero elsewhere
}

// The longest texts of a letter, in bytes, so that its size is bounded.
const (
	longestError = 1 << 10
	longestName  = 255
	longestStack = 8 << 10
	mostCounted  = 1_000_000 // attempts, replays, retries
)

// Headers returns the record's own headers and behind them the letter's: always
// the same ones, never piled up.
func (l Letter) Headers(record listener.Headers) listener.Headers {
	out := Strip(record)
	text := func(name, value string, longest int) {
		out = append(out, listener.Header{Key: name, Value: []byte(Escape(value, longest))})
	}
	text(HeaderTopic, l.Topic, longestName)
	out = append(out,
		listener.Header{Key: HeaderPartition, Value: binary.BigEndian.AppendUint32(nil, uint32(l.Partition))},
		listener.Header{Key: HeaderOffset, Value: binary.BigEndian.AppendUint64(nil, uint64(l.Offset))},
		listener.Header{Key: HeaderTimestamp, Value: binary.BigEndian.AppendUint64(nil, uint64(l.Timestamp.UnixMilli()))})
	out = append(out, listener.Header{Key: HeaderGroup, Value: []byte(l.Group)}) // as it is called: it is compared, and names topics
	text(HeaderListener, l.Listener, longestName)
	text(HeaderErrorType, l.ErrorType, longestName)
	text(HeaderError, l.Error, longestError)
	text(HeaderAttempts, strconv.Itoa(l.Attempts), longestName)
	text(HeaderFirst, stamp(l.First), longestName)
	text(HeaderLast, stamp(l.Last), longestName)
	text(HeaderReplays, strconv.Itoa(l.Replays), longestName)
	if l.Stack != "" {
		out = append(out, listener.Header{Key: HeaderStack, Value: []byte(lines(l.Stack))})
	}
	if !l.Due.IsZero() {
		text(HeaderRetries, strconv.Itoa(l.Retries), longestName)
		text(HeaderDue, stamp(l.Due.Add(time.Millisecond-1)), longestName) // rounded up: never early
	}
	return out
}

// stampFormat is RFC 3339 with milliseconds and of one length.
const stampFormat = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(stampFormat) }

// Strip returns a copy of the headers without those of a letter.
func Strip(headers listener.Headers) listener.Headers {
	out := make(listener.Headers, 0, len(headers)+len(own))
	for _, h := range headers {
		if !own[h.Key] {
			out = append(out, h)
		}
	}
	return out
}

// Read reads a letter. It is none where the original record is not named as
// Headers names it; what else can't be read is left out.
func Read(headers listener.Headers) (l Letter, ok bool) {
	get := func(name string) []byte { v, _ := headers.Get(name); return v }
	topic, partition, offset := string(get(HeaderTopic)), get(HeaderPartition), get(HeaderOffset)
	if !Legal(topic) || len(partition) != 4 || len(offset) != 8 {
		return Letter{}, false
	}
	l = Letter{Topic: topic, Partition: int32(binary.BigEndian.Uint32(partition)), Offset: int64(binary.BigEndian.Uint64(offset))}
	if l.Partition < 0 || l.Offset < 0 {
		return Letter{}, false
	}
	if at := get(HeaderTimestamp); len(at) == 8 {
		l.Timestamp = time.UnixMilli(int64(binary.BigEndian.Uint64(at)))
	}
	l.Group, l.Listener = string(get(HeaderGroup)), string(get(HeaderListener))
	l.ErrorType, l.Error, l.Stack = string(get(HeaderErrorType)), string(get(HeaderError)), string(get(HeaderStack))
	l.Attempts, l.Replays, l.Retries = count(get(HeaderAttempts)), count(get(HeaderReplays)), count(get(HeaderRetries))
	l.First, l.Last, l.Due = when(get(HeaderFirst)), when(get(HeaderLast)), when(get(HeaderDue))
	return l, true
}

// Replays returns how often a record of a source topic was replayed. It is the
// one header that is read there: nothing is decided by it.
func Replays(headers listener.Headers) int {
	v, _ := headers.Get(HeaderReplays)
	return count(v)
}

// Due returns when a record of a retry topic may be delivered; the zero Time,
// which is at once, where nothing that can be read says so.
func Due(headers listener.Headers) time.Time {
	v, _ := headers.Get(HeaderDue)
	return when(v)
}

// count reads a number; what is none, or absurd, is 0.
func count(text []byte) int {
	n, err := strconv.ParseUint(string(text), 10, 32)
	if err != nil || n > mostCounted {
		return 0
	}
	return int(n)
}

func when(text []byte) time.Time {
	t, err := time.Parse(stampFormat, string(text))
	if err != nil {
		return time.Time{}
	}
	return t
}
