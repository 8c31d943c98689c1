package broker

import (
	"runtime"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/listener"
)

const (
	turnTime   = 5 * time.Millisecond // longest gathering after the first message
	clockEvery = 32                   // messages between two looks at the clock
)

// Next polls for a first message, then without waiting for more, until there is
// none, a chunk is full, a rebalance ran or turnTime is over; see Consumer.
func (p *poller) Next(limits Limits, turn *Turn) {
	turn.Reset()
	if err := p.begin(turn); err != nil {
		turn.Errors = append(turn.Errors, err)
		return
	}
	defer p.end()
	if p.wanted != nil {
		p.reassign()
		return
	}
	wait := limits.Wait
	if p.seekAgain() {
		wait = min(wait, seekWait)
	}
	if p.queues != nil {
		p.drainNext(wait, limits)
		return
	}
	// Inside the client this goroutine keeps its processor until the runtime takes it away, and
	// who was woken by the last turn waits in that processor's queue: it goes first.
	runtime.Gosched()
	ev := p.c.Poll(millis(wait))
	until := time.Now().Add(turnTime)
	for n := 1; ev != nil; n++ {
		p.take(ev, &limits)
		if p.ended || n%clockEvery == 0 && time.Now().After(until) {
			return
		}
		ev = p.c.Poll(0)
	}
}

// begin starts a turn, unless the client must not be entered.
func (p *poller) begin(turn *Turn) error {
	if !p.inside.CompareAndSwap(false, true) {
		return ErrBusy
	}
	if !p.gate.enter() {
		p.inside.Store(false)
		return ErrClosed
	}
	p.no++
	p.turn, p.ended = turn, false
	return nil
}

// end hands the turn over.
func (p *poller) end() {
	for _, c := range p.turn.Chunks {
		p.parts[c.Partition].size = len(c.Records)
	}
	p.turn.Errors = append(p.turn.Errors, p.errs...)
	p.turn, p.errs = nil, nil
	p.gate.leave()
	p.inside.Store(false)
}

// take puts one event into the turn. Statistics, ends of partitions and results
// of automatic commits are not for the engine.
func (p *poller) take(ev kafka.Event, limits *Limits) {
	switch e := ev.(type) {
	case *kafka.Message:
		p.message(e, limits)
	case kafka.Error:
		p.fail(wrap(opPoll, Partition{}, e))
	case kafka.OAuthBearerTokenRefresh:
		const text = "no token provider: set sasl.oauthbearer.method=oidc"
		_ = p.c.SetOAuthBearerTokenFailure(text)
		p.fail(&ClientError{Class: Auth, Code: int(kafka.ErrAuthentication), Op: opPoll, Text: text})
	}
}

// fail records an error for the turn.
func (p *poller) fail(err error) {
	if err == nil {
		return
	}
	p.errs = append(p.errs, err)
	e, ok := err.(*ClientError)
	if !ok {
		return
	}
	p.notice(e)
	if e.Class == PollExceeded && len(p.parts) > 0 {
		p.exceeded.Store(true)
	}
}

// message appends a record to its partition's chunk.
func (p *poller) message(m *kafka.Message, limits *Limits) {
	tp := &m.TopicPartition
	at := p.find(*tp.Topic, tp.Partition)
	if tp.Error != nil {
		p.fail(wrap(opPoll, Partition{*tp.Topic, tp.Partition}, tp.Error))
		return
	}
	if at == nil || at.seek != nil {
		return // of a partition that was revoked, or of a position that was left
	}
	p.welcome()
	c := p.chunk(at, limits)
	fill(c.next(), m)
	at.bytes += len(m.Key) + len(m.Value)
	full := limits.Records > 0 && len(c.Records) >= limits.Records || limits.Bytes > 0 && at.bytes >= limits.Bytes
	p.ended = p.ended || full
}

// find looks up an assigned partition, or returns nil. The topic is kept as the client
// names it: a text that is compared with itself is equal at a glance.
func (p *poller) find(topic string, id int32) *part {
	if p.last == nil || p.last.ID != id || p.lastTopic != topic {
		p.last, p.lastTopic = p.parts[Partition{topic, id}], topic
	}
	return p.last
}

// chunk returns at's chunk of this turn, a new one if need be. Its slice is as
// long as the last one was, so that it seldom grows.
func (p *poller) chunk(at *part, limits *Limits) *Chunk {
	if at.turn != p.no {
		room := max(at.size, 8)
		if limits.Records > 0 {
			room = min(room, limits.Records)
		}
		at.turn, at.slot, at.bytes = p.no, len(p.turn.Chunks), 0
		p.turn.Chunks = append(p.turn.Chunks, Chunk{at.Partition, at.epoch, limits.Room(room)})
	}
	return &p.turn.Chunks[at.slot]
}

// fill makes r of m, all but the topic, without a copy of its bytes.
func fill(r *listener.RawRecord, m *kafka.Message) {
	r.Partition, r.Offset = m.TopicPartition.Partition, int64(m.TopicPartition.Offset)
	r.LeaderEpoch, r.Timestamp = epochOf(&m.TopicPartition), m.Timestamp
	r.Key, r.Value, r.Headers = m.Key, m.Value, headers(m.Headers)
}

// This conversion compiles only while both types have the same fields, in the
// same order: what headers relies on.
var _ = listener.Header(kafka.Header{})

// headers turns the client's headers into ours in place: they are the same
// bytes, and a copy would be an allocation per record.
func headers(h []kafka.Header) listener.Headers {
	if len(h) == 0 {
		return nil
	}
	return unsafe.Slice((*listener.Header)(unsafe.Pointer(unsafe.SliceData(h))), len(h))
}
