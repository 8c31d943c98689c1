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
		at("", ListenerScope, "the topics to subscribe to; one that begins with ^ is a pattern").like("a, b", "^orders-.*"),
	partitionKey("partitions", func(s *Settings) *Value[[]string] { return &s.Partitions }).
		at("", ListenerScope, "explicit partitions instead of topics, without a group's assignment: orders[0-5,7], orders[*]@end-10 (positions: beginning, end, 42, end-10, a time; each start begins there again)").like("orders[0-5,7]@end-10, bills", "orders[*]@beginning"),
	key("broadcast", func(s *Settings) *Value[bool] { return &s.Broadcast }, parseBool, printAny).
		at("", ListenerScope, "every instance gets every record, from now on: a random group that is deleted at a clean stop; false"),
	key("dead-letters-of", func(s *Settings) *Value[string] { return &s.DeadOf }, parseString, printString).
		at("", ListenerScope, "instead of topics: the dead-letter topics of the listener with this id"),
	key("reply-to", func(s *Settings) *Value[string] { return &s.ReplyTo }, parseString, printString).
		at("", ListenerScope, "the topic of a request listener's replies; with reply-to-header, of those whose requests name none"),
	listKey("reply-to-header", func(s *Settings) *Value[[]string] { return &s.ReplyToHeader }).
		at("", ListenerScope, "replies go to the topic that the request's header kafka_replyTopic names, if one of these patterns matches all of it; unset: the header is not looked at").like("replies, orders-replies-.*"),
	key("reply-errors", func(s *Settings) *Value[bool] { return &s.ReplyErrors }, parseBool, printAny).
		at("", ListenerScope, "the text of a request handler's error is sent as its reply, instead of another attempt; false"),
	key("factory", func(s *Settings) *Value[string] { return &s.Factory }, parseString, printString).
		at("", ListenerScope, "the container factory; unset is the default one"),
	key("bootstrap-servers", func(s *Settings) *Value[string] { return &s.BootstrapServers }, parseServers, printString).
		at("", FactoryScope, "where the cluster is, host:port with commas, or a list").like("a:9092,b:9092").joined(),
	key("client-id", func(s *Settings) *Value[string] { return &s.ClientID }, parseString, printString).
		at("", FactoryScope, "prefix of the client ids, <prefix>-<listener>-<i>"),
	key("cluster", func(s *Settings) *Value[string] { return &s.Cluster }, parseString, printString).
		at("", FactoryScope, "the entry of kafka.clusters whose brokers and security are used; unset is kafka.* itself"),
	key("allow-insecure", func(s *Settings) *Value[bool] { return &s.AllowInsecure }, parseBool, printAny).
		at("", FactoryScope, "allows SASL PLAIN without TLS, and TLS without verification; false"),
	key("group-id", func(s *Settings) *Value[string] { return &s.GroupID }, parseString, printString).
		at("consumer", FactoryScope, "the consumer group, whose members share the partitions"),
	key("auto-offset-reset", func(s *Settings) *Value[Reset] { return &s.AutoOffsetReset }, ParseReset, printed).
		at("consumer", FactoryScope, "where to begin without a committed offset: earliest, latest (the default), none (the listener ends)").of("earliest", "latest", "none"),
	key("isolation-level", func(s *Settings) *Value[string] { return &s.IsolationLevel }, parseIsolation, printString).
		at("consumer", FactoryScope, "read_committed leaves the records of aborted transactions out, read_uncommitted does not").of("read_uncommitted", "read_committed"),
	key("group-protocol", func(s *Settings) *Value[string] { return &s.GroupProtocol }, parseProtocol, printString).
		at("consumer", FactoryScope, "classic, or consumer (KIP-848, brokers from 4.0)").of("classic", "consumer"),
	key("group-instance-id", func(s *Settings) *Value[string] { return &s.GroupInstanceID }, parseString, printString).
		at("consumer", FactoryScope, "makes static members <prefix>-<listener>-<i>: a restart within the session moves no partition; unset"),
	key("assignor", func(s *Settings) *Value[string] { return &s.Assignor }, parseAssignor, printString).
		at("consumer", FactoryScope, "how the group shares partitions: cooperative-sticky, range, roundrobin, a list of them, or keep (what the group's members use already)").like("range,roundrobin", "cooperative-sticky", "keep"),
	key("max-poll-records", func(s *Settings) *Value[int] { return &s.MaxPollRecords }, parseInt, printAny).
		at("consumer", FactoryScope, "records of one partition that are handed over together, at most"),
	key("max-poll-interval", func(s *Settings) *Value[time.Duration] { return &s.MaxPollInterval }, parseDuration, printDuration).
		at("consumer", FactoryScope, "how long a consumer may be silent before its group drops it"),
	key("ack-mode", func(s *Settings) *Value[ackmode.Mode] { return &s.AckMode }, ackmode.Parse, printed).
		at("listener", FactoryScope, "who marks a record as done, and when marks are committed").of(modeNames()...),
	key("ack-time", func(s *Settings) *Value[time.Duration] { return &s.AckTime }, parseDuration, printDuration).
		at("listener", FactoryScope, "time between commits under TIME and COUNT_TIME (5s); the longest that an ack stays uncommitted under BATCH and MANUAL"),
	key("ack-count", func(s *Settings) *Value[int] { return &s.AckCount }, parseInt, printAny).
		at("listener", FactoryScope, "settled records between commits under COUNT and COUNT_TIME (1)"),
	key("commit", func(s *Settings) *Value[CommitStyle] { return &s.Commit }, ParseCommitStyle, printed).
		at("listener", FactoryScope, "awaited: the next record waits for this one's commit (RECORD, MANUAL_IMMEDIATE); pipelined: it does not (the rest)").of("awaited", "pipelined"),
	key("ack-scope", func(s *Settings) *Value[AckScope] { return &s.AckScope }, ParseAckScope, printed).
		at("listener", FactoryScope, "what one acknowledgment settles under a manual mode: record, or cumulative (all before it, too)").of("record", "cumulative"),
	key("unacked", func(s *Settings) *Value[Unacked] { return &s.Unacked }, ParseUnacked, printed).
		at("listener", FactoryScope, "a manual handler returned nil without an ack: keep (pins the offset), redeliver 5s, fail").like("redeliver 5s", "keep", "fail"),
	key("async-acks", func(s *Settings) *Value[bool] { return &s.AsyncAcks }, parseBool, printAny).
		at("listener", FactoryScope, "a drain waits for records that are not acknowledged yet, under a manual mode"),
	key("concurrency", func(s *Settings) *Value[int] { return &s.Concurrency }, parseInt, printAny).
		at("listener", FactoryScope, "consumers (group members) of a container"),
	key("workers", func(s *Settings) *Value[int] { return &s.Workers }, parseInt, printAny).
		at("listener", FactoryScope, "handlers that run at once for each consumer"),
	key("ordering", func(s *Settings) *Value[Ordering] { return &s.Ordering }, ParseOrdering, printed).
		at("listener", FactoryScope, "which records wait for each other: all of a partition (partition), those of a partition with the same key (key), or none; with key and none, workers are how many of one partition run at once").of("partition", "key", "none"),
	key("null-key", func(s *Settings) *Value[NullKey] { return &s.NullKey }, ParseNullKey, printed).
		at("listener", FactoryScope, "under ordering key, records without a key wait for nobody (unordered), or for each other (queue)").of("unordered", "queue"),
	key("commit-map", func(s *Settings) *Value[bool] { return &s.CommitMap }, parseBool, printAny).
		at("listener", FactoryScope, "what is done above the committed offset travels in the commit's metadata, so that a restart does not run it again; true under ordering key and none, else false; not together with transaction-id-prefix"),
	key("commit-map-size", func(s *Settings) *Value[int] { return &s.CommitMapSize }, parseInt, printAny).
		at("listener", FactoryScope, "characters that the commit map may have, no more than the brokers' offset.metadata.max.bytes (4096); what does not fit runs again after a restart"),
	key("window", func(s *Settings) *Value[int] { return &s.Window }, parseInt, printAny).
		at("listener", FactoryScope, "records of one partition that may wait in memory; under ordering key and none, five times as many may be held back by an unfinished one, done ones included (20 x max-poll-records; with those orderings 10000 at least)"),
	key("in-flight-records", func(s *Settings) *Value[int] { return &s.InFlightRecords }, parseInt, printAny).
		at("listener", FactoryScope, "records that a container may hold in memory over all its partitions, in equal shares of its consumers; one chunk per partition is always allowed"),
	key("in-flight-size", func(s *Settings) *Value[int64] { return &s.InFlightSize }, parseSize, printAny).
		at("listener", FactoryScope, "the size of their keys and values").as(Size),
	key("reader", func(s *Settings) *Value[Reader] { return &s.Reader }, ParseReader, printed).
		at("listener", FactoryScope, "how records are taken from the client: poll (one by one), or queues (many at once and per partition: two to three times as fast, and a full partition holds up no other; it leans on the client's insides, proven on Linux on amd64, and goes on with poll where they are not as known)").of("poll", "queues"),
	key("batch", func(s *Settings) *Value[bool] { return &s.Batch }, parseBool, printAny).
		at("listener", FactoryScope, "the factory serves batch listeners only (true) or record listeners only (false); unset is both"),
	key("batch-size", func(s *Settings) *Value[int] { return &s.BatchSize }, parseInt, printAny).
		at("listener", FactoryScope, "records of a batch, at most, of those that wait in its partition; unset: what was handed over together, max-poll-records at most, and with a batch-linger max-poll-records"),
	key("batch-linger", func(s *Settings) *Value[time.Duration] { return &s.BatchLinger }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a batch that is not full waits for more records, from the arrival of its first one; only its partition waits (0s)"),
	key("back-off.initial", func(s *Settings) *Value[time.Duration] { return &s.BackOffInitial }, parseDuration, printDuration).
		at("listener", FactoryScope, "the default error handler's delay after a record's first failure (100ms)"),
	key("back-off.max", func(s *Settings) *Value[time.Duration] { return &s.BackOffMax }, parseDuration, printDuration).
		at("listener", FactoryScope, "the longest of its delays (30s)"),
	key("back-off.multiplier", func(s *Settings) *Value[float64] { return &s.BackOffMultiplier }, parseFloat, printAny).
		at("listener", FactoryScope, "what a delay grows by from attempt to attempt, 1 to 100 (2)"),
	key("back-off.jitter", func(s *Settings) *Value[BackOffJitter] { return &s.BackOffJitter }, ParseBackOffJitter, printed).
		at("listener", FactoryScope, "full: a delay is drawn from half of back-off.initial up to the whole of the delay; none: exactly the delay").of("full", "none"),
	key("max-attempts", func(s *Settings) *Value[int] { return &s.MaxAttempts }, parseInt, printAny).
		at("listener", FactoryScope, "how often a record is delivered before it is given up; 0 is for ever, which is the default unless recover is dead-letter, skip or stop and there is no max-age: 10 then"),
	key("max-age", func(s *Settings) *Value[time.Duration] { return &s.MaxAge }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a record may have been failing when it fails again, before it is given up; 0 is for ever"),
	key("recover", func(s *Settings) *Value[Recover] { return &s.Recover }, ParseRecover, printed).
		at("listener", FactoryScope, "a record that is given up (not worth a retry, or past max-attempts or max-age): hold (reported, and tried again each back-off.max), dead-letter, skip (settled, with an event), stop (ends the listener)").of("hold", "dead-letter", "skip", "stop"),
	key("handler-timeout", func(s *Settings) *Value[time.Duration] { return &s.HandlerTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "a handler's context ends after it; max-poll-interval unless set"),
	key("on-hang", func(s *Settings) *Value[OnHang] { return &s.OnHang }, ParseOnHang, printed).
		at("listener", FactoryScope, "a handler ran twice its timeout: the consumer leaves its group, or stays").of("leaves", "stays"),
	key("revoke-timeout", func(s *Settings) *Value[time.Duration] { return &s.RevokeTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a rebalance waits for running handlers; 10s, half of max-poll-interval at most"),
	key("shutdown-timeout", func(s *Settings) *Value[time.Duration] { return &s.ShutdownTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "how long a stop may take"),
	key("dead-letter.enabled", func(s *Settings) *Value[bool] { return &s.DeadLetter }, parseBool, printAny).
		at("listener", FactoryScope, "a record that is given up goes to a dead-letter topic, and is settled when the broker has acknowledged the copy; false, true where there are retry topics"),
	key("dead-letter.topic", func(s *Settings) *Value[string] { return &s.DeadLetterTopic }, parseString, printString).
		at("listener", FactoryScope, "its name, in which {topic} and {group} stand for those of the record; {topic}-dlt").like("{topic}-dlt", "dead-{group}"),
	key("dead-letter.create", func(s *Settings) *Value[bool] { return &s.DeadLetterCreate }, parseBool, printAny).
		at("listener", FactoryScope, "it is made at start, with the partitions of its source; true"),
	key("dead-letter.stack-trace", func(s *Settings) *Value[bool] { return &s.DeadLetterStack }, parseBool, printAny).
		at("listener", FactoryScope, "a dead letter has the stack trace of a handler that panicked; false"),
	durationsKey("retry-topics.delays", func(s *Settings) *Value[[]time.Duration] { return &s.RetryDelays }).
		at("listener", FactoryScope, "non-blocking retries: a record that failed goes to a topic for each of these delays in turn, then to the dead-letter topic, and others overtake it; none").like("1s, 10s, 1m", "none"),
	key("retry-topics.jitter", func(s *Settings) *Value[time.Duration] { return &s.RetryJitter }, parseDuration, printDuration).
		at("listener", FactoryScope, "a delay is longer or shorter by up to so much, at random; 0s"),
	key("retry-topics.create", func(s *Settings) *Value[bool] { return &s.RetryTopicsCreate }, parseBool, printAny).
		at("listener", FactoryScope, "retry topics are made at start, with the partitions of their source; true"),
	key("transaction-id-prefix", func(s *Settings) *Value[string] { return &s.TransactionIDPrefix }, parseString, printString).
		at("listener", FactoryScope, "makes listeners exactly-once: what handlers send with their context and the consumed offsets become visible together; the ids are <prefix>-<instance>-<listener>-<i>"),
	key("transaction-instance", func(s *Settings) *Value[string] { return &s.TransactionInstance }, parseString, printString).
		at("listener", FactoryScope, "names the process in the transactional ids, unlike any other that lives; the host with the process and its start unless set. One that stays (the name of a StatefulSet's pod) lets a restart end at once what a crash has left open"),
	key("transaction-max-records", func(s *Settings) *Value[int] { return &s.TransactionMaxRecords }, parseInt, printAny).
		at("listener", FactoryScope, "records of one transaction, at most, under BATCH (1000); under ordering key and none, those that wait for their key are among them"),
	key("transaction-max-time", func(s *Settings) *Value[time.Duration] { return &s.TransactionMaxTime }, parseDuration, printDuration).
		at("listener", FactoryScope, "from a transaction's first record to its commit, but for handlers that run (100ms)"),
	key("transaction-timeout", func(s *Settings) *Value[time.Duration] { return &s.TransactionTimeout }, parseDuration, printDuration).
		at("listener", FactoryScope, "after it the broker aborts a transaction: so long a crash holds read-committed readers up (10s); handler-timeout is no longer"),
	key("start", func(s *Settings) *Value[StartPolicy] { return &s.Start }, ParseStart, printed).
		at("listener", FactoryScope, "what a start waits for: background (nothing), wait 30s (an assignment; then it goes on), fail 10s (fails without a broker or a topic)").like("wait 30s", "fail 10s", "background"),
	key("on-fatal", func(s *Settings) *Value[OnFatal] { return &s.OnFatal }, ParseOnFatal, printed).
		at("listener", FactoryScope, "a listener that ends by itself ends alone (listener), or ends the application (app)").of("listener", "app"),
	key("idle-event-interval", func(s *Settings) *Value[time.Duration] { return &s.IdleInterval }, parseDuration, printDuration).
		at("listener", FactoryScope, "an event whenever the listener had no record for so long; off"),
	key("idle-partition-event-interval", func(s *Settings) *Value[time.Duration] { return &s.PartitionIdle }, parseDuration, printDuration).
		at("listener", FactoryScope, "an event whenever a partition had no record for so long; off"),
	key("auth-exception-retry-interval", func(s *Settings) *Value[time.Duration] { return &s.AuthRetry }, parseDuration, printDuration).
		at("listener", FactoryScope, "a consumer that may not connect, or may not read, is made again after it"),
	key("auto-startup", func(s *Settings) *Value[bool] { return &s.AutoStartup }, parseBool, printAny).
		at("listener", FactoryScope, "the listener starts with the application"),
}

func modeNames() []string {
	var out []string
	for _, m := range ackmode.All() {
		out = append(out, m.String())
	}
	return out
}
