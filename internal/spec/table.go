package spec

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// Keys is the table of all settings that have a name in configuration, in the
// order in which they are printed. Client properties stand beside it, under
// "properties". Durations are Go durations ("10s"); a bare integer is
// milliseconds.
var Keys = []Key{
	listKey("topics", func(s *Settings) *Value[[]string] { return &s.Topics }).
		at("", ListenerScope, "the topics to subscribe to; one that begins with ^ is a pattern"),
	key("factory", func(s *Settings) *Value[string] { return &s.Factory }, parseString, printString).
		at("", ListenerScope, "the container factory; unset is the default one"),
	key("bootstrap-servers", func(s *Settings) *Value[string] { return &s.BootstrapServers }, parseServers, printString).
		at("", FactoryScope, "where the cluster is, host:port with commas; localhost:9092"),
	key("client-id", func(s *Settings) *Value[string] { return &s.ClientID }, parseString, printString).
		at("", FactoryScope, "prefix of the client ids, <prefix>-<listener>-<i>; hearken"),
	key("group-id", func(s *Settings) *Value[string] { return &s.GroupID }, parseString, printString).
		at("consumer", FactoryScope, "the consumer group; the listener's id"),
	key("auto-offset-reset", func(s *Settings) *Value[Reset] { return &s.AutoOffsetReset }, ParseReset, printed).
		at("consumer", FactoryScope, "where to begin without a committed offset: earliest, latest (the default), none (the listener ends)"),
	key("max-poll-records", func(s *Settings) *Value[int] { return &s.MaxPollRecords }, parseInt, printAny).
		at("consumer", FactoryScope, "records of one partition that are handed over together, at most; 500"),
	key("max-poll-interval", func(s *Settings) *Value[time.Duration] { return &s.MaxPollInterval }, parseDuration, printDuration).
		at("consumer", FactoryScope, "how long a consumer may be silent before its group drops it; 5m (a bare integer is milliseconds)"),
	key("ack-mode", func(s *Settings) *Value[ackmode.Mode] { return &s.AckMode }, ackmode.Parse, printed).
		at("listener", FactoryScope, "who marks a record as done, and when marks are committed; BATCH"),
	key("ack-time", func(s *Settings) *Value[time.Duration] { return &s.AckTime }, parseDuration, printDuration).
		at("listener", FactoryScope, "time between commits under TIME and COUNT_TIME (5s); the longest that an ack stays uncommitted under BATCH and MANUAL (a bare integer is milliseconds)"),
	key("ack-count", func(s *Settings) *Value[int] { return &s.AckCount }, parseInt, printAny).
		at("listener", FactoryScope, "settled records between commits under COUNT and COUNT_TIME; 1"),
	key("commit", func(s *Settings) *Value[CommitStyle] { return &s.Commit }, ParseCommitStyle, printed).
		at("listener", FactoryScope, "awaited: the next record waits for this one's commit (RECORD, MANUAL_IMMEDIATE); pipelined: it does not (the rest)"),
	key("ack-scope", func(s *Settings) *Value[AckScope] { return &s.AckScope }, ParseAckScope, printed).
		at("listener", FactoryScope, "what one acknowledgment settles under a manual mode: record, or cumulative (all before it, too)"),
	key("unacked", func(s *Settings) *Value[Unacked] { return &s.Unacked }, ParseUnacked, printed).
		at("listener", FactoryScope, "a manual handler returned nil without an ack: keep (pins the offset), redeliver 5s, fail"),
	key("async-acks", func(s *Settings) *Value[bool] { return &s.AsyncAcks }, parseBool, printAny).
		at("listener", FactoryScope, "a drain waits for records that are not acknowledged yet, under a manual mode; false"),
	key("concurrency", func(s *Settings) *Value[int] { return &s.Concurrency }, parseInt, printAny).
		at("listener", FactoryScope, "consumers (group members) of a container; 1"),
	key("workers", func(s *Settings) *Value[int] { return &s.Workers }, parseInt, printAny).
		at("listener", FactoryScope, "handlers that run at once for each consumer; 1"),
	key("batch", func(s *Settings) *Value[bool] { return &s.Batch }, parseBool, printAny).
		at("listener", FactoryScope, "the factory serves batch listeners only (true) or record listeners only (false); unset is both"),
	key("handler-timeout", func(s *Settings) *Value[time.Duration] { return &s.HandlerTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "a handler's context ends after it; max-poll-interval (a bare integer is milliseconds)"),
	key("on-hang", func(s *Settings) *Value[OnHang] { return &s.OnHang }, ParseOnHang, printed).
		at("listener", FactoryScope, "a handler ran twice its timeout: the consumer leaves its group, or stays; leaves"),
	key("revoke-timeout", func(s *Settings) *Value[time.Duration] { return &s.RevokeTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a rebalance waits for running handlers; 10s, half of max-poll-interval at most (a bare integer is milliseconds)"),
	key("shutdown-timeout", func(s *Settings) *Value[time.Duration] { return &s.ShutdownTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a stop may take; 25s (a bare integer is milliseconds)"),
	key("auto-startup", func(s *Settings) *Value[bool] { return &s.AutoStartup }, parseBool, printAny).
		at("listener", FactoryScope, "the listener starts with the application; true"),
}
