package broker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/listener"
)

// A producer is the Producer over the client. Reports come over its one Events
// channel, with the receipt as the message's opaque: of the ways to tell whose
// report it is, the cheapest.
type producer struct {
	c      *kafka.Producer
	logs   logReader
	errors func(error)
	burst  func(messages, size int64)
	gate   produceGate
	topic  atomic.Pointer[string] // of the last message
	done   chan struct{}          // the report goroutine has ended
	held   [burst]kafka.Event     // the report goroutine's: events that were taken from the client together
	rest   []kafka.Event          // of held, what is not handed out

	reports, bytes int64       // of held: the messages, and their receipts' sizes
	thrown         atomic.Bool // away by the client: some message
	once           sync.Once
}

var _ Producer = (*producer)(nil)

// OpenProducer makes a producer. It connects in the background; a
// configuration that the client refuses is an error here.
func OpenProducer(p ProducerParams) (Producer, error) {
	config, err := producerConfig(p.Config)
	if err != nil {
		return nil, err
	}
	c, logs, err := withLogs(config, p.Log, kafka.NewProducer, (*kafka.Producer).Close)
	if err != nil {
		e := producerError(opOpen, err, nil).(*ProducerError)
		e.Fatal = true
		return nil, e
	}
	if p.Errors == nil {
		p.Errors = func(error) {}
	}
	if p.Burst == nil {
		p.Burst = func(int64, int64) {}
	}
	client := &producer{c: c, logs: logs, errors: p.Errors, burst: p.Burst, done: make(chan struct{})}
	client.gate.init()
	go client.report()
	return client, nil
}

// burst is how many events are taken together, at most: enough for their
// receipts' ways from memory to overlap, and few enough to stay in the nearest cache.
const burst = 32

// report hands out reports until the client is closed. Where a callback ends
// the goroutine (runtime.Goexit), another one takes its place and goes on with the rest.
func (p *producer) report() {
	closed := false
	defer func() {
		if closed {
			close(p.done)
			return
		}
		go p.report()
	}()
	for ok := true; ok; ok = p.gather() {
		for len(p.rest) > 0 {
			ev := p.rest[0]
			p.rest[0], p.rest = nil, p.rest[1:]
			p.handOut(ev)
		}
		if p.reports > 0 {
			p.burst(p.reports, p.bytes)
			p.reports, p.bytes = 0, 0
		}
	}
	closed = true
}

// gather waits for an event, and takes those that are there as well. It is
// false when the client is closed.
func (p *producer) gather() bool {
	events := p.c.Events()
	ev, open := <-events
	if !open {
		return false
	}
	p.rest = p.held[:0]
	for open {
		p.rest = append(p.rest, ev)
		if len(p.rest) == burst || len(events) == 0 {
			break
		}
		ev, open = <-events
	}
	for _, ev := range p.rest {
		switch e := ev.(type) {
		case *kafka.Message:
			p.reports++
			p.bytes += e.Opaque.(Receipt).Size()
			if purged(e.TopicPartition.Error) {
				p.thrown.Store(true)
			}
		case echo:
			close(e)
		}
	}
	return true
}

// handOut gives one event of the client to whom it concerns.
func (p *producer) handOut(ev kafka.Event) {
	switch e := ev.(type) {
	case *kafka.Message:
		r := Report{Partition: e.TopicPartition.Partition, Offset: max(int64(e.TopicPartition.Offset), -1)}
		if e.TopicPartition.Error != nil {
			r.Err, r.Offset = producerError(opDeliver, e.TopicPartition.Error, p.fatal), -1
		}
		e.Opaque.(Receipt).Report(r)
	case kafka.Error:
		if err := producerError("client", e, nil); err != nil {
			p.errors(err)
		}
	}
}

// fatal is the client's fatal error. The report goroutine may ask while Close
// is under way: then nobody wants to know.
func (p *producer) fatal() error {
	if !p.gate.enter() {
		return nil
	}
	defer p.gate.leave()
	return p.c.GetFatalError()
}

// Produce hands m to the client; see Producer. The client keeps nothing of its message.
func (p *producer) Produce(m *Message) error {
	if !p.gate.enter() {
		return ErrProducerClosed
	}
	defer p.gate.leave()
	cm := kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: p.name(m.Topic), Partition: kafka.PartitionAny},
		Key:            m.Key, Value: m.Value, Timestamp: m.Timestamp,
		Headers: clientHeaders(m.Headers), Opaque: m.Receipt,
	}
	if m.Partition != listener.AnyPartition {
		cm.TopicPartition.Partition = m.Partition
	}
	err := p.c.Produce(&cm, nil)
	if err == nil {
		return nil
	}
	return producerError(opProduce, err, p.c.GetFatalError)
}

// name returns a pointer to the topic's name that outlives the call: that of
// the last message, mostly, as a new one would be an allocation for each.
func (p *producer) name(topic string) *string {
	if last := p.topic.Load(); last != nil && *last == topic {
		return last
	}
	fresh := topic // only this copy escapes
	p.topic.Store(&fresh)
	return &fresh
}

func clientHeaders(hs listener.Headers) []kafka.Header {
	if len(hs) == 0 {
		return nil
	}
	out := make([]kafka.Header, len(hs))
	for i, h := range hs {
		out[i] = kafka.Header{Key: h.Key, Value: h.Value}
	}
	return out
}

// Flush waits until nothing is on its way; see Producer.
func (p *producer) Flush(limit time.Duration) {
	if p.gate.enter() {
		defer p.gate.leave()
		p.c.Flush(millis(limit))
	}
}

// InitTransactions fences older producers; see Producer.
func (p *producer) InitTransactions(limit time.Duration) error {
	return p.transact(opInit, limit, p.c.InitTransactions)
}

// Begin opens a transaction; see Producer.
func (p *producer) Begin() error {
	return p.transact(opBegin, time.Second, func(context.Context) error { return p.c.BeginTransaction() })
}

// SendOffsets adds offsets to the transaction; see Producer.
func (p *producer) SendOffsets(offsets []Offset, member GroupMetadata, limit time.Duration) error {
	list := make([]kafka.TopicPartition, len(offsets))
	for i, o := range offsets {
		list[i] = toClient(o)
	}
	meta, ok := member.(*kafka.ConsumerGroupMetadata)
	if !ok {
		return &ProducerError{Code: int(kafka.ErrInvalidArg), Op: opSendOffsets, Text: "the group metadata is not of this client", Abort: true}
	}
	return p.transact(opSendOffsets, limit, func(ctx context.Context) error {
		return p.c.SendOffsetsToTransaction(ctx, list, meta)
	})
}

// Commit commits; see Producer.
func (p *producer) Commit(limit time.Duration) error {
	return p.transact(opEnd, limit, p.c.CommitTransaction)
}

// transact calls the client with the only kind of limit that it reads.
func (p *producer) transact(op string, limit time.Duration, call func(context.Context) error) error {
	if !p.gate.enter() {
		return ErrProducerClosed
	}
	defer p.gate.leave()
	return p.call(op, limit, call)
}

// call is transact inside the gate.
func (p *producer) call(op string, limit time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(limit, time.Millisecond))
	defer cancel()
	return producerError(op, call(ctx), p.c.GetFatalError)
}

// purgeLimit is how long Close waits for the reports of what it throws away.
const purgeLimit = 2 * time.Second

// Close frees the client; see Producer.
func (p *producer) Close() {
	p.once.Do(func() {
		p.gate.shut()
		_ = p.c.Purge(kafka.PurgeQueue | kafka.PurgeInFlight)
		p.c.Flush(millis(purgeLimit))
		p.logs.closing()
		p.c.Close()
		<-p.done
		p.logs.closed()
	})
	<-p.done
}
