package broker

import (
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// seekWait is how long a turn waits at most while a seek has to be sent again.
const seekWait = 10 * time.Millisecond

// Seek moves the read position of an assigned partition; see Consumer. The
// client drops what it has prefetched of the old position. It refuses while it
// still asks where to start (just after an assignment): then the turns send the
// seek again, and let nothing of the partition through meanwhile.
func (p *poller) Seek(to Offset, epoch uint64) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	at := p.parts[to.Partition]
	switch {
	case at == nil:
		return &ClientError{Code: int(kafka.ErrUnknownPartition), Op: opSeek, Text: "the partition is not assigned", Part: to.Partition}
	case to.Offset < 0 && to.Offset != Beginning && to.Offset != End:
		// The client would refuse it too, but drop its prefetch for ever.
		return &ClientError{Code: int(kafka.ErrInvalidArg), Op: opSeek, Text: "a seek needs a position", Part: to.Partition}
	}
	if err := p.seek(to); err != nil && !isEarly(err) {
		return wrap(opSeek, to.Partition, err)
	} else if err != nil {
		at.seek = &to
		p.seeks[to.Partition] = at
	} else {
		at.seek = nil
		delete(p.seeks, to.Partition)
	}
	at.epoch = epoch
	p.left(at)
	return nil
}

// seek asks the client once.
func (p *poller) seek(to Offset) error {
	res, err := p.c.SeekPartitions([]kafka.TopicPartition{toClient(to)})
	if err == nil && len(res) == 1 {
		err = res[0].Error
	}
	return err
}

// isEarly reports whether the client refuses a seek for now only: it has not
// started to read, or just starts.
func isEarly(err error) bool {
	e, ok := err.(kafka.Error)
	return ok && (e.Code() == kafka.ErrState || e.Code() == kafka.ErrPrevInProgress || e.Code() == kafka.ErrOutdated)
}

// seekAgain sends the seeks that the client has refused, and reports whether
// some of them still wait.
func (p *poller) seekAgain() bool {
	for at, part := range p.seeks {
		if p.parts[at] == part {
			err := p.seek(*part.seek)
			if err != nil && isEarly(err) {
				continue
			}
			p.fail(wrap(opSeek, at, err))
		}
		part.seek = nil
		delete(p.seeks, at)
	}
	return len(p.seeks) > 0
}
