//go:build unix

package main

import (
	"fmt"
	"time"
)

// scenarios are all works, in the order of a run.
func scenarios() []scenario {
	list := []scenario{batch(1), batch(6), headers(1), headers(6)}
	list = append(list, records()...)
	list = append(list, keyed()...)
	list = append(list, lives()...)
	list = append(list, growth()...)
	return append(list, sending()...)
}

// batch is BATCH with a handler that does nothing.
func batch(partitions int) scenario {
	return scenario{
		name: fmt.Sprintf("batch-%dp", partitions), about: fmt.Sprintf("100 B, a handler that does nothing, BATCH, %d partitions", partitions),
		records: 1_000_000, topic: topic{partitions: partitions, keys: 1000}, seconds: 220, least: 400_000,
		entries: []entry{
			hearken, hearkenQueues, queuesBare, pollBare, loopTuned, loop500, loopDefault.one(2), franz, sarama, segmentio.one(2), watermill.one(4), goka.one(4), spring,
			parallel.one(40),
		},
		against: []comparison{
			{ours: "hearken", peer: "loop-tuned", must: 0.85, reach: 0.95},
			{ours: "hearken", peer: "loop-default", must: 3, reach: 4},
			{ours: "hearken", peer: "loop-500"},
			{ours: "hearken", peer: "spring-kafka"},
			{ours: "hearken", peer: "watermill"},
			{ours: "hearken", peer: "poll-bare"},
			{ours: "hearken-queues", peer: "loop-tuned", must: 1.8, reach: 2.5},
			{ours: "hearken-queues", peer: "queues-bare"},
			{ours: "queues-bare", peer: "loop-tuned"},
			{ours: "hearken-queues", peer: "loop-default", must: 7, reach: 10},
			{ours: "hearken-queues", peer: "loop-500"},
			{ours: "hearken-queues", peer: "franz-go", must: 0.6, reach: 1},
			{ours: "hearken-queues", peer: "spring-kafka", must: 2, reach: 3},
			{ours: "hearken-queues", peer: "watermill", must: 5, reach: 8},
			{ours: "hearken-queues", peer: "sarama"},
			{ours: "hearken-queues", peer: "kafka-go"},
			{ours: "hearken-queues", peer: "goka"},
			{ours: "hearken-queues", peer: "parallel-consumer"},
		},
		brief: map[int][]string{1: {"hearken", "hearken-queues", "loop-tuned", "franz-go", "watermill", "spring-kafka"}}[partitions], briefly: 200_000,
	}
}

// headers is the same with five headers a record.
func headers(partitions int) scenario {
	return scenario{
		name: fmt.Sprintf("headers-%dp", partitions), about: fmt.Sprintf("as batch-%dp, with 5 headers a record", partitions),
		records: 500_000, topic: topic{partitions: partitions, keys: 1000, headers: 5}, seconds: 65, least: 100_000,
		entries: []entry{hearken, hearkenQueues, loopTuned, franz, spring},
		against: []comparison{
			{ours: "hearken", peer: "loop-tuned"},
			{ours: "hearken-queues", peer: "loop-tuned", must: 1.7, reach: 2.2},
			{ours: "hearken-queues", peer: "franz-go"},
			{ours: "hearken-queues", peer: "spring-kafka"},
		},
	}
}

// records are the scenarios in which every record is committed.
func records() []scenario {
	return []scenario{
		{
			name: "record-1p", about: "RECORD, every commit awaited, 1 partition", records: 10_000, topic: topic{partitions: 1, keys: 1000}, seconds: 150, least: 2000,
			entries: []entry{hearkenRecord, loopEach, springRecord, franzEach, saramaEach, segmentioEach},
			against: []comparison{
				{ours: "hearken", peer: "loop-each", must: 0.9, reach: 1},
				{ours: "hearken", peer: "spring-kafka"},
				{ours: "hearken", peer: "franz-go"},
				{ours: "hearken", peer: "sarama"},
				{ours: "hearken", peer: "kafka-go"},
			},
			brief: []string{"hearken", "loop-each", "spring-kafka", "franz-go", "sarama"}, briefly: 2000,
		},
		{
			name: "record-6p", about: "RECORD, every commit awaited, 6 partitions; ours with 6 workers", records: 20_000, topic: topic{partitions: 6, keys: 1000},
			seconds: 90, least: 4000,
			entries: []entry{hearkenRecord.told("kafka.listener.workers", "6"), springRecord.one(2), springRecord.with("spring-kafka-6", "concurrency", "6")},
			against: []comparison{
				{ours: "hearken", peer: "spring-kafka", must: 2.2, reach: 3},
				{ours: "hearken", peer: "spring-kafka-6"},
			},
		},
		{
			name: "record-pipelined", about: "RECORD, no commit awaited, 1 partition; the awaited form beside it", records: 300_000, topic: topic{partitions: 1, keys: 1000},
			seconds: 60, least: 30_000,
			entries: []entry{
				hearken.with("hearken-pipelined", "kafka.listener.ack-mode", "RECORD", "kafka.listener.commit", "pipelined").promising(eachLoose),
				springRecord.with("spring-kafka-async", "sync", "no").one(5).promising(eachLoose),
				hearkenRecord.with("hearken-awaited").one(60), springRecord.with("spring-kafka-awaited").one(60),
			},
			against: []comparison{
				{ours: "hearken-pipelined", peer: "spring-kafka-async", must: 5, reach: 20},
				{ours: "hearken-awaited", peer: "spring-kafka-awaited"},
				{ours: "hearken-pipelined", peer: "hearken-awaited"},
			},
		},
	}
}

// lives are the scenarios about time and about what runs cost that do little.
func lives() []scenario {
	return []scenario{
		{
			name: "json-1k", about: "values of 1 KB of JSON into a struct, 1 partition", records: 100_000, topic: topic{partitions: 1, keys: 1000, json: true}, seconds: 50, least: 20_000,
			entries: []entry{hearken.told("json", "yes"), hearkenQueues.told("json", "yes"), loopTuned.told("json", "yes")},
			against: []comparison{ // 10 % over, in time
				{ours: "hearken", peer: "loop-tuned", must: 1 / 1.1, reach: 1 / 1.03},
				{ours: "hearken-queues", peer: "loop-tuned", must: 1 / 1.1, reach: 1 / 1.03},
			},
		},
		{
			name: "latency", about: "from send to handler, at 1,000 records a second for 4 s, 6 partitions", records: 4000, least: 4000, topic: topic{partitions: 6, keys: 1000}, seconds: 200,
			entries: all([]entry{hearken, hearkenQueues, loopTuned, franz, spring}, "work", "delay", "skip", "1500"),
			how:     paced(1000, 0),
			against: []comparison{
				{ours: "hearken", peer: "loop-tuned", metric: "p50", must: 1.2, reach: 1, atMost: true},
				{ours: "hearken", peer: "loop-tuned", metric: "p99", atMost: true},
				{ours: "hearken", peer: "franz-go", metric: "p50", atMost: true},
				{ours: "hearken", peer: "spring-kafka", metric: "p50", atMost: true},
				{ours: "hearken-queues", peer: "loop-tuned", metric: "p50", must: 1.2, reach: 1, atMost: true},
				{ours: "hearken-queues", peer: "loop-tuned", metric: "p99", atMost: true},
			},
		},
		{
			name: "partitions-1000", about: "a listener on 1,000 partitions: start to all assigned", records: 1000, least: 1000, topic: topic{partitions: 1000}, seconds: 60, fresh: true,
			entries: startOf(1), how: assigned, against: starts,
		},
		{
			name: "listeners-100", about: "100 listeners in one process, each with a group on 6 partitions: start to all assigned", records: 600, least: 600,
			topic: topic{partitions: 6}, seconds: 150, fresh: true, entries: startOf(100), how: assigned, against: starts,
		},
		{
			name: "partitions-1000-read", about: "a listener on 1,000 partitions: start to the first record of each", records: 1000, least: 1000,
			topic: topic{partitions: 1000, keys: 1000}, seconds: 60, fresh: true, entries: startOf(1), how: reading, against: reads,
		},
		{
			name: "listeners-100-read", about: "100 listeners in one process, each with a group on 6 partitions: start to the first record of each", records: 600, least: 600,
			topic: topic{partitions: 6, keys: 1000}, seconds: 150, fresh: true, entries: startOf(100), how: reading, against: reads,
		},
		{
			name: "held", about: "6 partitions, the handler of one waits while the others flow: records/s of the five", records: 2_400_000, topic: topic{partitions: 6, keys: 1000},
			seconds: 60, least: 60_000, how: held,
			entries: []entry{
				hearkenQueues.with("queues-held", "held", "yes", "kafka.listener.workers", "6"), hearkenQueues.with("queues-flowing", "kafka.listener.workers", "6"),
				hearken.with("poll-held", "held", "yes", "kafka.listener.workers", "6"), hearken.with("poll-flowing", "kafka.listener.workers", "6"),
			},
			against: []comparison{
				{ours: "queues-held", peer: "queues-flowing", metric: "others", must: 0.95, reach: 0.99},
				{ours: "poll-held", peer: "poll-flowing", metric: "others"},
				{ours: "queues-held", peer: fiveMillis, metric: "resumed", must: 1, reach: 0.2, atMost: true},
				{ours: "poll-held", peer: fiveMillis, metric: "resumed", atMost: true},
				{ours: "queues-held", peer: atFirst, metric: "rss-held", must: 1.1, reach: 1.05, atMost: true},
			},
		},
	}
}

// starts compare what it takes to be there: assigned is what rebalance callbacks name, on both
// sides; total is when a listener knows its positions as well, which a bare client asks for afterwards.
var starts = []comparison{
	{ours: "hearken", peer: "loops", metric: "assigned", must: 1.1, reach: 1, atMost: true},
	{ours: "hearken", peer: "loops", metric: "total", atMost: true},
	{ours: "hearken", peer: "loops", metric: "threads", must: 1.1, reach: 1, atMost: true},
	{ours: "hearken", peer: "loops", metric: "rss", must: 1.1, reach: 1, atMost: true},
}

// reads go on to the first record of each partition.
var reads = []comparison{
	{ours: "hearken", peer: "loops", metric: "total", atMost: true},
	{ours: "hearken-queues", peer: "loops", metric: "total", atMost: true},
}

func startOf(listeners int) []entry {
	n := fmt.Sprint(listeners)
	return []entry{
		entry{name: "hearken", side: weSide, does: "hearken-start"}.told("listeners", n),
		entry{name: "hearken-queues", side: weSide, does: "hearken-start"}.told("listeners", n, "kafka.listener.reader", "queues"),
		entry{name: "loops", side: weSide, does: "loop-start"}.told("listeners", n, "tuned", "yes"),
	}
}

// sending is the producing side, and exactly once.
func sending() []scenario {
	we := func(name, does string) entry { return entry{name: name, side: weSide, does: does, promise: acksAll} }
	pair := func(what string) []entry {
		return []entry{we("hearken", "hearken-"+what), we("loop", "loop-"+what)}
	}
	return []scenario{
		{
			name: "send-async", about: "acks=all, one goroutine sends, each outcome is seen", records: 500_000, least: 50_000, topic: topic{partitions: 6}, seconds: 40, how: sent,
			entries: pair("send-async"), against: []comparison{{ours: "hearken", peer: "loop", must: 0.95, reach: 1}},
		},
		{
			name: "send-64", about: "acks=all, 64 goroutines send and wait", records: 100_000, least: 10_000, topic: topic{partitions: 6}, seconds: 40, how: sent,
			entries: pair("send-64"), against: []comparison{{ours: "hearken", peer: "loop"}},
		},
		{
			name: "tx-100", about: "transactions of 100 records, one after the other", records: 50_000, least: 5000, topic: topic{partitions: 6}, seconds: 60, how: sent,
			entries: append(pair("tx"), entry{name: "spring-kafka", side: springSide, does: "spring-tx", promise: acksAll}),
			against: []comparison{{ours: "hearken", peer: "loop"}, {ours: "hearken", peer: "spring-kafka", must: 1}},
		},
		{
			name: "eos", about: "exactly once: read, write; ours in windows, hearken-each and spring-kafka in a transaction per record", records: 100_000, least: 20_000,
			topic: topic{partitions: 1, keys: 1000}, seconds: 80, how: copied,
			entries: []entry{
				{name: "hearken", side: weSide, does: "hearken-eos", promise: byTx},
				entry{name: "hearken-each", side: weSide, does: "hearken-eos", promise: byTx, part: 400}.told("kafka.listener.ack-mode", "RECORD"),
				{name: "spring-kafka", side: springSide, does: "spring-eos", promise: byTx, part: 400},
			},
			against: []comparison{{ours: "hearken", peer: "spring-kafka", must: 10}, {ours: "hearken-each", peer: "spring-kafka"}},
		},
	}
}

// growth is what more partitions and more keys cost.
func growth() []scenario {
	parts := scenario{
		name: "growth-partitions", about: "as batch, a million records over 1 to 1,000 partitions", records: 1_000_000, least: 50_000, seconds: 250,
	}
	for _, n := range []int{1, 10, 100, 1000} {
		t := topic{partitions: n, keys: 1000}
		name := func(who string) string { return fmt.Sprintf("%s-%d", who, n) }
		parts.entries = append(parts.entries, hearken.with(name("hearken")).on(t), hearkenQueues.with(name("queues")).on(t), loopTuned.with(name("loop")).on(t))
		parts.against = append(parts.against,
			comparison{ours: name("hearken"), peer: name("loop"), must: 0.85, reach: 1},
			comparison{ours: name("queues"), peer: name("loop"), must: 0.85, reach: 1})
		if n >= 100 {
			parts.entries = append(parts.entries, loopTuned.with(name("loop-10ms"), "wait", "10").on(t))
			parts.against = append(parts.against, comparison{ours: name("queues"), peer: name("loop-10ms")})
		}
	}
	keys := scenario{
		name: "growth-keys", about: "key order, 16 workers, a handler that does nothing, 1 k to 1 M keys", records: 400_000, least: 50_000, seconds: 70,
	}
	for i, n := range []int{1000, 10_000, 100_000, 1_000_000} {
		e := hearken.with(fmt.Sprintf("keys-%d", n), "kafka.listener.ordering", "key", "kafka.listener.workers", "16").on(topic{partitions: 1, keys: n})
		keys.entries = append(keys.entries, e)
		if i > 0 {
			keys.against = append(keys.against,
				comparison{ours: e.name, peer: keys.entries[0].name, must: 0.85, reach: 1},
				comparison{ours: e.name, peer: keys.entries[0].name, metric: "rss", atMost: true})
		}
	}
	return []scenario{parts, keys}
}

// keyed are the scenarios of key order: a handler of 2 ms on one partition with 1,000 keys.
func keyed() []scenario {
	const workers = "256"
	const pause = 2 * time.Millisecond
	mine := hearken.told("kafka.listener.ordering", "key", "kafka.listener.workers", workers)
	theirs := parallel.told("workers", workers)
	uniform := topic{partitions: 1, keys: 1000, random: true}
	slow := topic{partitions: 1, keys: 1000, random: true, slowEach: 1000}
	sleeping := func(entries ...entry) []entry { return all(entries, "work", "sleep", "sleep", pause.String()) }
	return []scenario{
		{
			name: "keys", about: "2 ms a record, 1,000 keys, key order, 256 workers; spring-kafka with concurrency 1", records: 200_000, least: 20_000, topic: uniform, seconds: 110,
			entries: sleeping(mine, mine.with("hearken-timers", "timers", "go"), theirs.one(4), spring.one(250), loop500.one(250), franz.one(250)),
			against: []comparison{
				{ours: "hearken", peer: "spring-kafka", must: 100, reach: 200},
				{ours: "hearken", peer: "parallel-consumer", must: 3, reach: 5},
				{ours: "hearken", peer: workersByLatency, must: 0.6, reach: 0.9},
				{ours: "hearken-timers", peer: "parallel-consumer"},
				{ours: "hearken-timers", peer: workersByLatency},
				{ours: "hearken", peer: "loop-500"},
				{ours: "hearken", peer: "franz-go"},
			},
			brief: []string{"hearken", "parallel-consumer", "spring-kafka", "loop-500", "franz-go"}, briefly: 100_000,
		},
		{
			name: "keys-zipf", about: "the same, keys by Zipf 1.1: the hottest has a fifth of the records", records: 8000, least: 2000,
			topic: topic{partitions: 1, keys: 1000, zipf: 1.1}, seconds: 80,
			entries: sleeping(mine, theirs), against: []comparison{{ours: "hearken", peer: "parallel-consumer", must: 1}},
		},
		{
			name: "keys-slow", about: "the same as keys, every 1,000th record takes 1 s", records: 30_000, least: 10_000, topic: slow, seconds: 120,
			entries: sleeping(mine, theirs), against: []comparison{{ours: "hearken", peer: "parallel-consumer", must: 1}},
		},
		{
			name: "keys-slow-p99", about: "keys at 2,000 records a second for 4 s: p99 of the keys without a slow record, from send to handler", records: 8000, least: 8000, topic: slow, seconds: 300,
			how: paced(2000, 1000),
			entries: all([]entry{
				mine.with("hearken-slow"), mine.with("hearken-calm", "slow", pause.String()),
				theirs.with("parallel-slow"), theirs.with("parallel-calm", "slow", pause.String()),
			}, "work", "sleep", "sleep", pause.String(), "skip", "2000"),
			against: []comparison{
				{ours: "hearken-slow", peer: "hearken-calm", metric: "p99", must: 2, reach: 1.5, atMost: true},
				{ours: "hearken-slow", peer: "parallel-slow", metric: "p99", atMost: true},
				{ours: "parallel-slow", peer: "parallel-calm", metric: "p99", atMost: true},
			},
		},
		{
			name: "restart", about: "keys at 20 ms a record, killed in the middle and started again: records that were handled twice", records: 30_000, least: 20_000, topic: uniform, seconds: 190, fresh: true,
			how: restarted,
			entries: all([]entry{mine, theirs.with("parallel-consumer"), theirs.with("parallel-100ms", "commit-interval", "100ms").promising("handled records, every 100 ms")},
				"work", "marks", "sleep", "20ms", "session", "6000", "patience", "30s"),
			against: []comparison{
				{ours: "hearken", peer: "parallel-consumer", metric: "redone", must: 1, atMost: true},
				{ours: "hearken", peer: "parallel-100ms", metric: "redone", atMost: true},
			},
		},
	}
}
