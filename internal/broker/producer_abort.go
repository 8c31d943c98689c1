package broker

import (
	"context"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// arriveLimit is how long Abort waits for what is on its way, and for reports.
	arriveLimit = time.Second
	// arriveStep is how often it looks.
	arriveStep = time.Millisecond
)

// Abort aborts; see Producer.
//
// The client's own abort can end badly where records are on their way. It may
// overtake the request that begins the transaction at the broker, whose refusal is
// fatal to the producer (librdkafka's issue 4849). And it throws away what is queued while
// another thread takes from that queue, which then numbers the rest wrongly: the broker
// refuses the next transactions. So everything arrives first, and where it did
// not, or an error has made the client throw records away, the producer is not used again.
func (p *producer) Abort(limit time.Duration) error {
	if !p.gate.enter() {
		return ErrProducerClosed
	}
	defer p.gate.leave() // a Close waits for all of it: half an abort would leave the transaction open
	end := time.Now().Add(limit)
	p.arrive(min(arriveLimit, limit/2))
	if err := p.call(opAbort, time.Until(end), p.c.AbortTransaction); err != nil {
		return err
	}
	if p.heard(min(arriveLimit, time.Until(end))) && !p.thrown.Load() {
		return nil
	}
	return &ProducerError{
		Code: int(kafka.ErrPurgeQueue), Op: opAbort, Fatal: true, Purged: true,
		Text: "aborted; records that were on their way were thrown away, and the client may number others wrongly",
	}
}

// arrive waits until nothing is on its way. It looks, where the client's Flush would wait up
// to 0.1 s for a report that the client's other goroutine has taken, and leave a goroutine in C.
func (p *producer) arrive(limit time.Duration) {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(arriveStep)
	defer tick.Stop()
	for p.c.Len() > 0 {
		select {
		case <-end.C:
			return
		case <-tick.C:
		}
	}
}

// An echo is an event of our own: the report goroutine closes it when it has
// looked at all reports before it.
type echo chan struct{}

// String makes it a kafka.Event.
func (echo) String() string { return "echo" }

// heard waits until the report goroutine has seen what the client has said.
func (p *producer) heard(limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), max(limit, arriveStep))
	defer cancel()
	e := make(echo)
	select {
	case p.c.Events() <- e:
	case <-ctx.Done():
		return false
	}
	select {
	case <-e:
		return true
	case <-ctx.Done():
		return false
	}
}
