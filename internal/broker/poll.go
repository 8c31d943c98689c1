package broker

import (
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/broker/rdqueue"
	"github.com/hearken-go/hearken/internal/spec"
)

// A poller is the Consumer over the client's Poll: one message per call, the
// calls of one turn gathered into chunks.
//
// The gate and the atomics are shared; all other fields belong to the owner's
// goroutine.
type poller struct {
	c           *kafka.Consumer
	logs        logReader
	cooperative bool // which flavour of assign and unassign the protocol wants
	static      bool // a member with group.instance.id, which does not leave
	leaver      leaver

	gate     gate
	inside   atomic.Bool // Next or Close runs: the client must not be entered twice
	exceeded atomic.Bool // max.poll.interval passed: what is assigned is lost, whatever the client says
	closing  bool
	refused  atomic.Pointer[ClientError] // the last error of class Auth, until something comes in
	doubts   int                         // errors that may mean a refusal, in a row

	owner     Owner
	alone     bool                // Assign, not Subscribe: there is no group
	wanted    *[]Partition        // what the last Assign asked for, until a turn does it
	parts     map[Partition]*part // what Owner has been told of
	seeks     map[Partition]*part // whose seek has to be sent again
	last      *part               // of the last message: the next is mostly of the same
	lastTopic string              // of last, as the client has it
	turn      *Turn               // being built, nil outside Next
	no        uint64              // number of the turn
	ended     bool                // a chunk is full or a rebalance ran: the turn is over
	errs      []error             // of callbacks, on their way into a Turn

	queues   *queues // of the queue reader; nil: everything comes by Poll
	fallback error   // why it is nil although queues were asked for
}

var _ Consumer = (*poller)(nil)

// A part is one assigned partition.
type part struct {
	Partition
	epoch uint64
	turn  uint64 // the turn in which it has the chunk at slot
	slot  int
	bytes int     // of that chunk
	size  int     // records of its last chunk: a guess for the next
	seek  *Offset // to be sent again: nothing is delivered before

	// Of the queue reader.
	queue *rdqueue.Queue // its own; nil: it shares one, or comes by Poll
	held  bool           // paused by not being drained
	repeats
}

// Open makes the client of one group member, which begins to connect; it waits for no broker,
// but for its turn where many are made at once. A configuration that the client refuses is an error here.
func Open(p Params) (Consumer, error) {
	defer inTurn()()
	out, err := open(p)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func open(p Params) (*poller, error) {
	config, err := clientConfig(p)
	if err != nil {
		return nil, err
	}
	shares := 0
	if p.Reader == spec.Queues {
		shares = divide(config)
	}
	c, logs, err := withLogs(config, p.Log, kafka.NewConsumer, func(c *kafka.Consumer) { _ = c.Close() })
	if err != nil {
		return nil, opened(err)
	}
	out := &poller{c: c, logs: logs, cooperative: isCooperative(config), static: config["group.instance.id"] != nil, leaver: newLeaver(config), parts: map[Partition]*part{}, seeks: map[Partition]*part{}}
	if shares > 0 {
		if err := out.attach(shares, newPace(p.Config, config)); err != nil {
			return fallBack(out, p, err)
		}
	}
	return out, nil
}

// fallBack opens a client of the poll reader in place of out, whose limits are
// those of one queue among many.
func fallBack(out *poller, p Params, why error) (*poller, error) {
	_ = out.Close()
	p.Reader = spec.Poll
	out, err := open(p)
	if err == nil {
		out.fallback = why
	}
	return out, err
}

// Reading says how records are read; see Consumer.
func (p *poller) Reading() (spec.Reader, error) {
	if p.queues != nil {
		return spec.Queues, nil
	}
	return spec.Poll, p.fallback
}

// opened is an error of Open: whatever its code, there is no client.
func opened(err error) error {
	e := wrap(opOpen, Partition{}, err).(*ClientError)
	e.Class = Dead
	return e
}

// Subscribe joins the group; see Consumer.
func (p *poller) Subscribe(topics []string, owner Owner) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	if p.alone {
		return &ClientError{Class: Dead, Code: int(kafka.ErrConflict), Op: opSubscribe, Text: "the consumer has partitions of its own already"}
	}
	p.owner = owner
	return wrap(opSubscribe, Partition{}, p.c.SubscribeTopics(slices.Clone(topics), p.rebalance))
}

// MemberID names the client as its own logs do: "<client.id>#consumer-<n>". The
// id that the broker gave to the member is not to be had from the client.
func (p *poller) MemberID() string {
	if !p.gate.enter() {
		return ""
	}
	defer p.gate.leave()
	return p.c.String()
}

// GroupMetadata says who this member is; see Consumer.
func (p *poller) GroupMetadata() (GroupMetadata, error) {
	if !p.gate.enter() {
		return nil, ErrClosed
	}
	defer p.gate.leave()
	if p.exceeded.Load() || p.c.AssignmentLost() {
		return nil, &ClientError{Class: Fenced, Code: int(kafka.ErrAssignmentLost), Op: opMetadata, Text: "the assignment is lost"}
	}
	meta, err := p.c.GetConsumerGroupMetadata()
	if err != nil {
		return nil, wrap(opMetadata, Partition{}, err)
	}
	return meta, nil
}

// AssignmentLost reports that nothing may be committed any more; see Consumer.
// A closed consumer owns nothing either.
func (p *poller) AssignmentLost() bool {
	if p.exceeded.Load() || !p.gate.enter() {
		return true
	}
	defer p.gate.leave()
	return p.c.AssignmentLost()
}

// Close leaves the group and frees the client; see Consumer.
func (p *poller) Close() error {
	if !p.inside.CompareAndSwap(false, true) {
		return ErrBusy // the client crashes when it is closed inside a callback
	}
	defer p.inside.Store(false)
	if err := p.gate.close(); err != nil {
		return err
	}
	p.closing = true
	p.giveBack()
	p.leaveIdle()
	p.queues.quit()
	p.logs.closing()
	if err := p.c.Close(); err != nil {
		p.errs = append(p.errs, wrap(opClose, Partition{}, err))
	}
	p.closeQueues()
	p.logs.closed()
	p.forget()
	return joined(p.errs)
}

// forget tells the owner of what the client gave up without a callback: after
// a fatal error its Close calls none.
func (p *poller) forget() {
	rest := slices.Collect(maps.Keys(p.parts))
	clear(p.parts)
	if len(rest) > 0 {
		p.owner.Lost(rest)
	}
}

// millis is d for the client, rounded up so that a short wait does not spin.
func millis(d time.Duration) int {
	return int((max(d, 0) + time.Millisecond - 1) / time.Millisecond)
}
