package brokertest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A Log is a fake cluster as producers see it: one partition per topic, made
// when it is written to; transactional ids fence each other.
type Log struct {
	mu       sync.Mutex
	opened   []*FakeProducer
	stored   []stored
	offsets  map[string]int64
	epochs   map[string]int
	live     map[string]*openTx // by transactional id: what the broker has not ended
	faults   map[string][]error
	unsaid   map[string][]error
	stuck    map[string]chan struct{}
	held     bool
	lingers  bool // see Linger
	capacity int
}

type stored struct {
	listener.Outgoing
	tx *openTx // nil outside a transaction
}

// An openTx is one transaction: records of it are visible once it is committed.
type openTx struct {
	committed bool
	limit     time.Duration
	clock     *time.Timer // since the broker has heard of it; nil before
	held      []heldOffset
}

// NewLog makes an empty cluster whose producers take 100,000 messages each.
func NewLog() *Log {
	return &Log{
		offsets: map[string]int64{}, epochs: map[string]int{}, capacity: 100_000,
		live: map[string]*openTx{}, unsaid: map[string][]error{},
		faults: map[string][]error{}, stuck: map[string]chan struct{}{},
	}
}

// Open is the broker.ProducerOpener.
func (l *Log) Open(p broker.ProducerParams) (broker.Producer, error) {
	if err := l.fault("open"); err != nil {
		return nil, err
	}
	f := &FakeProducer{log: l, Params: p, done: make(chan struct{})}
	f.wake.L = &f.mu
	l.mu.Lock()
	l.opened = append(l.opened, f)
	l.mu.Unlock()
	go f.report()
	return f, nil
}

// Opened returns all producers, in the order in which they were opened.
func (l *Log) Opened() []*FakeProducer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.opened)
}

// Live counts the producers that are not closed.
func (l *Log) Live() int {
	n := 0
	for _, f := range l.Opened() {
		if !f.isClosed() {
			n++
		}
	}
	return n
}

// Records returns the values of topic as a read-committed reader sees them.
func (l *Log) Records(topic string) []string {
	var values []string
	for _, r := range l.Stored(topic) {
		values = append(values, string(r.Value))
	}
	return values
}

// Stored returns the records of topic as a read-committed reader sees them.
func (l *Log) Stored(topic string) []listener.Outgoing {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []listener.Outgoing
	for _, r := range l.stored {
		if r.Topic == topic && (r.tx == nil || r.tx.committed) {
			out = append(out, r.Outgoing)
		}
	}
	return out
}

// Fail lets the next calls of op answer errs, one each; a nil lets one through.
// The operations: open, produce, deliver, init, begin, offsets, commit, abort.
func (l *Log) Fail(op string, errs ...error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[op] = append(l.faults[op], errs...)
}

// Mislay lets the next calls of op ("commit", "abort") do their work and answer errs.
func (l *Log) Mislay(op string, errs ...error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsaid[op] = append(l.unsaid[op], errs...)
}

// Heal forgets what Fail and Mislay have asked for and nobody has met yet.
func (l *Log) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.faults)
	clear(l.unsaid)
}

// Stick makes op ("init", "commit", "abort") not return, whatever its limit, until release.
func (l *Log) Stick(op string) (release func()) {
	gate := make(chan struct{})
	l.mu.Lock()
	l.stuck[op] = gate
	l.mu.Unlock()
	return func() {
		l.mu.Lock()
		delete(l.stuck, op)
		l.mu.Unlock()
		close(gate)
	}
}

// Unstick lets later calls of op through; those that are stuck stay so until release.
func (l *Log) Unstick(op string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.stuck, op)
}

// Hold keeps all reports back, as a broker that does not answer, until release.
func (l *Log) Hold() (release func()) {
	set := func(held bool) {
		l.mu.Lock()
		l.held = held
		all := slices.Clone(l.opened)
		l.mu.Unlock()
		for _, f := range all {
			f.signal()
		}
	}
	set(true)
	return func() { set(false) }
}

// Linger makes producers send only while somebody flushes: a linger that never ends.
func (l *Log) Linger() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lingers = true
}

// Capacity sets how many messages a producer takes before its queue is full.
func (l *Log) Capacity(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.capacity = n
}

// Fence does what another process with the same transactional id does.
func (l *Log) Fence(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epochs[id]++
	l.finish(id, false)
}

func (l *Log) fault(op string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.faults[op]) == 0 {
		return nil
	}
	err := l.faults[op][0]
	l.faults[op] = l.faults[op][1:]
	return err
}

func (l *Log) wait(op string) {
	l.mu.Lock()
	gate := l.stuck[op]
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

// append writes one record and returns its offset.
func (l *Log) append(r listener.Outgoing, tx *openTx) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.offsets[r.Topic]
	l.offsets[r.Topic]++
	l.stored = append(l.stored, stored{r, tx})
	l.heard(tx)
	return at
}

// heard begins the transaction's time, after which the broker aborts it. l.mu is held.
func (l *Log) heard(tx *openTx) {
	if tx == nil || tx.clock != nil || tx.limit <= 0 {
		return
	}
	tx.clock = time.AfterFunc(tx.limit, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for id, open := range l.live {
			if open == tx {
				l.epochs[id]++
				l.finish(id, false)
			}
		}
	})
}

// Fatal is an error after which a producer is of no more use.
func Fatal(text string) error { return &broker.ProducerError{Text: text, Fatal: true} }

// Abortable is an error after which a transaction can only be aborted.
func Abortable(text string) error { return &broker.ProducerError{Text: text, Abort: true} }

// Retriable is an error after which the same call may be made again.
func Retriable(text string) error { return &broker.ProducerError{Text: text, Retriable: true} }

func fenced(op string) error {
	return &broker.ProducerError{Code: -144, Op: op, Text: "fenced by a newer instance", Fatal: true, Fenced: true}
}

func timedOut(op string, open int, after time.Duration) error {
	return &broker.ProducerError{Code: -185, Op: op, Text: fmt.Sprintf("timed out after %s, %d outstanding", after, open), Retriable: true}
}
