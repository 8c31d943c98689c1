package container_test

import (
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
)

// A txPlace is where a bug is planted: a simulation or a turmoil.
type txPlace interface {
	n(n int) int
	members() *brokertest.Group
}

func (s *txSim) members() *brokertest.Group { return s.group }

// A badProducer has a bug in what it overrides.
type badProducer struct {
	broker.Producer
	s       txPlace
	offsets func(p *badProducer, offsets []broker.Offset, member broker.GroupMetadata, limit time.Duration) error
	commit  func(p *badProducer, limit time.Duration) error
	late    bool // sends slip into the next transaction
	mu      sync.Mutex
	held    []*broker.Message
	last    []broker.Offset
}

func (p *badProducer) SendOffsets(offsets []broker.Offset, member broker.GroupMetadata, limit time.Duration) error {
	p.last = offsets
	if p.offsets != nil {
		return p.offsets(p, offsets, member, limit)
	}
	return p.Producer.SendOffsets(offsets, member, limit)
}

func (p *badProducer) Commit(limit time.Duration) error {
	if p.commit != nil {
		return p.commit(p, limit)
	}
	return p.Producer.Commit(limit)
}

func (p *badProducer) Produce(m *broker.Message) error {
	if !p.late || p.s.n(4) > 0 {
		return p.Producer.Produce(m)
	}
	p.mu.Lock()
	p.held = append(p.held, &broker.Message{Outgoing: m.Outgoing, Receipt: deaf{}})
	p.mu.Unlock()
	m.Receipt.Report(broker.Report{})
	return nil
}

func (p *badProducer) Begin() error {
	err := p.Producer.Begin()
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	for _, m := range held {
		_ = p.Producer.Produce(m)
	}
	return err
}

type deaf struct{}

func (deaf) Size() int64          { return 0 }
func (deaf) Report(broker.Report) {}

// A badConsumer has a bug in what it overrides.
type badConsumer struct {
	broker.Consumer
	metadata func(c *badConsumer) (broker.GroupMetadata, error)
	older    bool // committed offsets are not the latest
	mu       sync.Mutex
	first    broker.GroupMetadata
}

func (c *badConsumer) GroupMetadata() (broker.GroupMetadata, error) {
	if c.metadata != nil {
		return c.metadata(c)
	}
	return c.Consumer.GroupMetadata()
}

func (c *badConsumer) Committed(parts []broker.Partition, limit time.Duration) ([]broker.Offset, error) {
	offsets, err := c.Consumer.Committed(parts, limit)
	for i := range offsets {
		if c.older && offsets[i].Offset > 0 {
			offsets[i].Offset--
		}
	}
	return offsets, err
}

func badly(set func(p *badProducer)) txPlant {
	return txPlant{producer: func(s txPlace, p broker.Producer) broker.Producer {
		bad := &badProducer{Producer: p, s: s}
		set(bad)
		return bad
	}}
}

var txPlants = map[string]txPlant{
	"offsets one too far": badly(func(p *badProducer) {
		p.offsets = func(p *badProducer, offsets []broker.Offset, member broker.GroupMetadata, limit time.Duration) error {
			offsets = slices.Clone(offsets)
			for i := range offsets {
				offsets[i].Offset++
			}
			return p.Producer.SendOffsets(offsets, member, limit)
		}
	}),
	"commit without waiting for sends": badly(func(p *badProducer) { p.late = true }),
	"no rollback: offsets go on over what was aborted": badly(func(p *badProducer) {
		p.commit = func(p *badProducer, limit time.Duration) error {
			if p.s.n(5) > 0 {
				return p.Producer.Commit(limit)
			}
			for _, o := range p.last {
				p.s.members().SetCommitted(o)
			}
			return p.Abort(limit)
		}
	}),
	"commits where it should abort": badly(func(p *badProducer) {
		p.commit = func(p *badProducer, limit time.Duration) error {
			err := p.Producer.Commit(limit)
			if err == nil && p.s.n(5) == 0 {
				return &broker.ProducerError{Text: "aborted, it says", Abort: true}
			}
			return err
		}
	}),
	"no fencing": {
		producer: func(s txPlace, p broker.Producer) broker.Producer {
			return &badProducer{Producer: p, s: s, offsets: func(p *badProducer, offsets []broker.Offset, _ broker.GroupMetadata, limit time.Duration) error {
				ms := s.members().Members()
				if len(ms) == 0 {
					return &broker.ProducerError{Abort: true}
				}
				fresh, err := ms[0].GroupMetadata()
				if err != nil {
					return &broker.ProducerError{Text: err.Error(), Abort: true}
				}
				return p.Producer.SendOffsets(offsets, fresh, limit)
			}}
		},
		consumer: func(c broker.Consumer) broker.Consumer {
			return &badConsumer{Consumer: c, metadata: func(*badConsumer) (broker.GroupMetadata, error) { return nil, nil }}
		},
	},
	"stale metadata": {consumer: func(c broker.Consumer) broker.Consumer {
		return &badConsumer{Consumer: c, metadata: func(c *badConsumer) (broker.GroupMetadata, error) {
			now, err := c.Consumer.GroupMetadata()
			c.mu.Lock() // not around the question: one that takes too long goes on beside the next one
			defer c.mu.Unlock()
			if c.first == nil {
				c.first = now
			}
			return c.first, err
		}}
	}},
	"an old answer about committed offsets": {consumer: func(c broker.Consumer) broker.Consumer {
		return &badConsumer{Consumer: c, older: true}
	}},
}
