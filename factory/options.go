package factory

import (
	"fmt"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
)

// AckMode says who marks a record as done and when marks are committed.
// Defaults to ackmode.Batch.
func AckMode(m ackmode.Mode) Option {
	return with("ack-mode", m, func(s *spec.Settings) *spec.Value[ackmode.Mode] { return &s.AckMode })
}

// AckTime is the time between commits under TIME and COUNT_TIME (5 s unless
// set), and the longest that an acknowledgment stays uncommitted under BATCH
// and MANUAL.
func AckTime(d time.Duration) Option {
	return with("ack-time", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.AckTime })
}

// AckCount is the number of settled records between commits under COUNT and
// COUNT_TIME. Defaults to 1.
func AckCount(n int) Option {
	return with("ack-count", n, func(s *spec.Settings) *spec.Value[int] { return &s.AckCount })
}

// Commit says whether the next record waits for the commit of this one.
// Defaults to Awaited under RECORD and MANUAL_IMMEDIATE, else to Pipelined.
func Commit(style spec.CommitStyle) Option {
	return with("commit", style, func(s *spec.Settings) *spec.Value[spec.CommitStyle] { return &s.Commit })
}

// AckScope says what one acknowledgment settles under a manual mode. Defaults
// to PerRecord.
func AckScope(scope spec.AckScope) Option {
	return with("ack-scope", scope, func(s *spec.Settings) *spec.Value[spec.AckScope] { return &s.AckScope })
}

// UnackedKeep leaves a record unsettled whose manual handler returned nil
// without an acknowledgment: it pins the offset until it is acknowledged. This
// is the default.
func UnackedKeep() Option { return unacked(spec.Unacked{Kind: spec.UnackedKeep}) }

// UnackedRedeliver delivers such a record again, after d.
func UnackedRedeliver(d time.Duration) Option {
	return unacked(spec.Unacked{Kind: spec.UnackedRedeliver, After: d})
}

// UnackedFail hands such a record to the error handler.
func UnackedFail() Option { return unacked(spec.Unacked{Kind: spec.UnackedFail}) }

// AsyncAcks lets a drain wait for records whose handler has returned and that
// are not acknowledged yet, under a manual mode. Defaults to false.
func AsyncAcks(on bool) Option {
	return with("async-acks", on, func(s *spec.Settings) *spec.Value[bool] { return &s.AsyncAcks })
}

// Concurrency is the number of consumers, members of the group, that a
// container has. Defaults to 1.
func Concurrency(n int) Option {
	return with("concurrency", n, func(s *spec.Settings) *spec.Value[int] { return &s.Concurrency })
}

// Workers is the number of handlers that run at once for each consumer.
// Defaults to 1.
func Workers(n int) Option {
	return with("workers", n, func(s *spec.Settings) *spec.Value[int] { return &s.Workers })
}

// A ReaderStyle is how records are taken from the client.
type ReaderStyle = spec.Reader

// The reader styles. Poll takes one record per call of the client. Queues takes
// many, of each partition by itself: two to three times as fast, and a full
// partition holds up no other. It leans on the client's insides; where these are
// not as it knows them, the listener goes on with Poll and an event says so.
const (
	Poll   = spec.Poll
	Queues = spec.Queues
)

// Reader chooses how records are taken from the client. Defaults to Poll.
func Reader(r ReaderStyle) Option {
	return with("reader", r, func(s *spec.Settings) *spec.Value[spec.Reader] { return &s.Reader })
}

// Batch says that the factory serves batch listeners only (true) or record
// listeners only (false). Defaults to both.
func Batch(on bool) Option {
	return with("batch", on, func(s *spec.Settings) *spec.Value[bool] { return &s.Batch })
}

// BatchSize is the largest number of records of a batch; they are taken from
// what waits in its partition. Unset, a batch is what was handed over together, or with a
// BatchLinger up to MaxPollRecords.
func BatchSize(records int) Option {
	return with("batch-size", records, func(s *spec.Settings) *spec.Value[int] { return &s.BatchSize })
}

// BatchLinger is how long a batch that is not full waits for more records, from
// the arrival of its first one. Only its partition waits, no worker does. Defaults to 0.
func BatchLinger(d time.Duration) Option {
	return with("batch-linger", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.BatchLinger })
}

// MaxPollRecords is the largest number of records of one partition that are
// handed over together: the largest batch, unless BatchSize is set. Defaults to 500.
func MaxPollRecords(n int) Option {
	return with("max-poll-records", n, func(s *spec.Settings) *spec.Value[int] { return &s.MaxPollRecords })
}

// MaxPollInterval is how long a consumer may be silent before its group drops
// it. Defaults to 5 minutes.
func MaxPollInterval(d time.Duration) Option {
	return with("max-poll-interval", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.MaxPollInterval })
}

// HandlerTimeout ends a handler's context after d. Defaults to MaxPollInterval.
func HandlerTimeout(d time.Duration) Option {
	return with("handler-timeout", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.HandlerTimeout })
}

// OnHang says what a consumer does when a handler has run twice its timeout.
// Defaults to Leaves.
func OnHang(what spec.OnHang) Option {
	return with("on-hang", what, func(s *spec.Settings) *spec.Value[spec.OnHang] { return &s.OnHang })
}

// RevokeTimeout is how long a rebalance waits for running handlers, at most
// half of MaxPollInterval. Defaults to 10 s.
func RevokeTimeout(d time.Duration) Option {
	return with("revoke-timeout", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.RevokeTimeout })
}

// ShutdownTimeout is how long a stop may take. Defaults to 25 s.
func ShutdownTimeout(d time.Duration) Option {
	return with("shutdown-timeout", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.ShutdownTimeout })
}

// AutoOffsetReset says where to begin in a partition without a committed
// offset. Defaults to Latest.
func AutoOffsetReset(r spec.Reset) Option {
	return with("auto-offset-reset", r, func(s *spec.Settings) *spec.Value[spec.Reset] { return &s.AutoOffsetReset })
}

// GroupID sets the consumer group; placeholders are resolved. Defaults to
// kafka.consumer.group-id, else to the listener's id.
func GroupID(group string) Option {
	return with("group-id", group, func(s *spec.Settings) *spec.Value[string] { return &s.GroupID })
}

// ClientID sets the prefix of the client ids, <prefix>-<listener>-<i>;
// placeholders are resolved. Defaults to "hearken".
func ClientID(prefix string) Option {
	return with("client-id", prefix, func(s *spec.Settings) *spec.Value[string] { return &s.ClientID })
}

// BootstrapServers says where the cluster is: host:port, with commas;
// placeholders are resolved. Defaults to kafka.bootstrap-servers, else to
// localhost:9092.
func BootstrapServers(servers string) Option {
	return with("bootstrap-servers", servers, func(s *spec.Settings) *spec.Value[string] { return &s.BootstrapServers })
}

// AutoStartup says whether listeners start with the application. Defaults to true.
func AutoStartup(on bool) Option {
	return with("auto-startup", on, func(s *spec.Settings) *spec.Value[bool] { return &s.AutoStartup })
}

func unacked(u spec.Unacked) Option {
	v := spec.Set(u, spec.Code(1))
	return spec.ForFactory("unacked="+u.String(), func(s *spec.Settings) { s.Unacked = v })
}

// with makes an option of a setting that has a key. Its origin is the line
// that called the option's constructor.
func with[T any](key string, value T, field func(*spec.Settings) *spec.Value[T]) Option {
	v := spec.Set(value, spec.Code(1))
	return spec.ForFactory(key+"="+spec.Printable(key, fmt.Sprint(value)), func(s *spec.Settings) { *field(s) = v })
}
