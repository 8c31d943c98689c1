//go:build unix

package main

// What is committed: the third column of the table of contestants.
const (
	handled   = "handled records, in bursts" // redone after a crash: what was handled since
	handled1s = "handled records, once a second"
	handled5s = "handled records, every 5 s"
	batch500  = "handled records, after each poll (500)"
	justRead  = "weaker: records that were read, every 5 s"
	each      = "every record, awaited"
	atTheEnd  = "weaker: once, at the end"
	eachLoose = "every record, not awaited"
	byTx      = "in the transaction of the outputs"
	acksAll   = "acks=all, idempotent, each outcome seen"
)

// The contestants with what they do by default.
var (
	hearken       = entry{name: "hearken", side: weSide, does: "hearken", promise: handled}
	hearkenQueues = entry{name: "hearken-queues", side: weSide, does: "hearken", promise: handled}.told("kafka.listener.reader", "queues")
	queuesBare    = entry{name: "queues-bare", side: weSide, does: "bare", promise: atTheEnd}.told("reader", "queues")
	pollBare      = entry{name: "poll-bare", side: weSide, does: "bare", promise: atTheEnd}
	loopTuned     = entry{name: "loop-tuned", side: weSide, does: "loop", promise: justRead}.told("tuned", "yes")
	loop500       = entry{name: "loop-500", side: weSide, does: "loop", promise: "handled records, every 500"}.told("tuned", "yes", "each", "500")
	loopEach      = entry{name: "loop-each", side: weSide, does: "loop", promise: each}.told("tuned", "yes", "each", "1")
	loopDefault   = entry{name: "loop-default", side: weSide, does: "loop", promise: justRead}
	franz         = entry{name: "franz-go", side: peerSide, does: "franz-go", promise: handled5s}
	sarama        = entry{name: "sarama", side: peerSide, does: "sarama", promise: handled1s}
	segmentio     = entry{name: "kafka-go", side: peerSide, does: "kafka-go", promise: handled1s}
	watermill     = entry{name: "watermill", side: peerSide, does: "watermill", promise: handled1s}
	goka          = entry{name: "goka", side: peerSide, does: "goka", promise: handled1s}
	spring        = entry{name: "spring-kafka", side: springSide, does: "spring", promise: batch500}
	parallel      = entry{name: "parallel-consumer", side: parallelSide, does: "parallel-consumer", promise: handled5s}
)

// Those of every record's commit.
var (
	hearkenRecord = hearken.told("kafka.listener.ack-mode", "RECORD", "kafka.listener.commit", "awaited").promising(each)
	springRecord  = spring.told("ack-mode", "RECORD").promising(each)
	franzEach     = franz.told("each", "1").promising(each)
	saramaEach    = sarama.told("each", "1").promising(each).one(2) // at a topic's end its commits wait behind its fetch, on one connection
	segmentioEach = segmentio.told("each", "1").promising(each)
)
