package brokertest

import (
	"strconv"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A FakeProducer is one producer of a Log. Like the client it copies what it
// is given, reports from one goroutine, and lets nobody wait.
type FakeProducer struct {
	Params broker.ProducerParams
	log    *Log

	mu      sync.Mutex
	wake    sync.Cond
	queue   []*flying
	open    int // accepted and not reported
	flushes int // that run
	closed  bool
	ready   bool
	epoch   int
	tx      *openTx
	failed  bool // a record of the transaction failed
	drained []chan struct{}
	done    chan struct{}
}

type flying struct {
	m      broker.Message
	tx     *openTx
	purged bool
}

var _ broker.Producer = (*FakeProducer)(nil)

func (f *FakeProducer) id() string { return f.Params.Config["transactional.id"] }

func (f *FakeProducer) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

func (f *FakeProducer) signal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake.Broadcast()
}

// Produce accepts m; see broker.Producer.
func (f *FakeProducer) Produce(m *broker.Message) error {
	if err := f.log.fault("produce"); err != nil {
		return err
	}
	f.log.mu.Lock()
	capacity := f.log.capacity
	f.log.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return broker.ErrProducerClosed
	case f.open >= capacity:
		return &broker.ProducerError{Code: -184, Op: "produce", Text: "queue full", Full: true}
	case f.id() != "" && f.tx == nil:
		return &broker.ProducerError{Code: -172, Op: "produce", Text: "erroneous state"}
	}
	copied := *m
	copied.Key, copied.Value = clone(m.Key), clone(m.Value)
	f.open++
	f.queue = append(f.queue, &flying{m: copied, tx: f.tx})
	f.wake.Broadcast()
	return nil
}

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// report is the report goroutine; like the real one it survives a runtime.Goexit.
func (f *FakeProducer) report() {
	closed := false
	defer func() {
		if closed {
			close(f.done)
			return
		}
		go f.report()
	}()
	for {
		next := f.next()
		if next == nil {
			closed = true
			return
		}
		r := broker.Report{Offset: -1}
		switch err := f.log.fault("deliver"); {
		case next.purged:
			r.Err = &broker.ProducerError{Code: -152, Op: "deliver", Text: "purged in queue", Purged: true}
		case err != nil:
			r.Err = err
		default:
			r.Partition = max(next.m.Partition, 0)
			r.Offset = f.log.append(next.m.Outgoing, next.tx)
		}
		f.tell(next, r)
	}
}

func (f *FakeProducer) tell(next *flying, r broker.Report) {
	size := next.m.Receipt.Size()
	defer f.reported(r.Err != nil && !next.purged)
	defer func() {
		if f.Params.Burst != nil {
			f.Params.Burst(1, size)
		}
	}()
	next.m.Receipt.Report(r)
}

// next waits for a message to be reported, or nil at the end.
func (f *FakeProducer) next() *flying {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if len(f.queue) > 0 && (f.queue[0].purged || !f.isHeld()) {
			head := f.queue[0]
			f.queue = f.queue[1:]
			return head
		}
		if f.closed && len(f.queue) == 0 {
			return nil
		}
		f.wake.Wait()
	}
}

func (f *FakeProducer) isHeld() bool {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	return f.log.held || f.log.lingers && f.flushes == 0
}

func (f *FakeProducer) reported(failed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
	f.failed = f.failed || failed
	if f.open == 0 {
		for _, c := range f.drained {
			close(c)
		}
		f.drained = nil
	}
}

// empty waits up to limit until everything is reported.
func (f *FakeProducer) empty(limit time.Duration) bool {
	f.mu.Lock()
	if f.open == 0 {
		f.mu.Unlock()
		return true
	}
	c := make(chan struct{})
	f.drained = append(f.drained, c)
	f.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

func (f *FakeProducer) outstanding() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

func (f *FakeProducer) purge() (some bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.queue {
		m.purged = true
	}
	f.wake.Broadcast()
	return len(f.queue) > 0
}

// Flush waits until nothing is on its way; see broker.Producer.
func (f *FakeProducer) Flush(limit time.Duration) {
	count := func(n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.flushes += n
		f.wake.Broadcast()
	}
	count(1)
	defer count(-1)
	f.empty(limit)
}

// InitTransactions fences older producers of the id; see broker.Producer.
func (f *FakeProducer) InitTransactions(time.Duration) error {
	if err := f.scripted("init"); err != nil {
		return err
	}
	f.log.mu.Lock()
	f.log.epochs[f.id()]++
	epoch := f.log.epochs[f.id()]
	f.log.finish(f.id(), false)
	f.log.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ready, f.epoch = true, epoch
	return nil
}

// Begin opens a transaction; see broker.Producer.
func (f *FakeProducer) Begin() error {
	if err := f.scripted("begin"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ready || f.tx != nil {
		return &broker.ProducerError{Code: -172, Op: "begin", Text: "erroneous state"}
	}
	ms, _ := strconv.Atoi(f.Params.Config["transaction.timeout.ms"])
	f.tx, f.failed = &openTx{limit: time.Duration(ms) * time.Millisecond}, false
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	if f.log.epochs[f.id()] == f.epoch {
		f.log.live[f.id()] = f.tx
	}
	return nil
}

// Commit commits; see broker.Producer.
func (f *FakeProducer) Commit(limit time.Duration) error {
	if err := f.scripted("commit"); err != nil {
		return err
	}
	if !f.empty(limit) {
		return timedOut("commit", f.outstanding(), limit)
	}
	return f.end("commit", true)
}

// Abort aborts; see broker.Producer.
func (f *FakeProducer) Abort(limit time.Duration) error {
	if err := f.scripted("abort"); err != nil {
		return err
	}
	f.empty(min(time.Second, limit/2))
	thrown := f.purge()
	if !f.empty(limit) {
		return timedOut("abort", f.outstanding(), limit)
	}
	if err := f.end("abort", false); err != nil || !thrown {
		return err
	}
	return &broker.ProducerError{Code: -152, Op: "abort", Text: "records were thrown away", Fatal: true, Purged: true}
}

func (f *FakeProducer) end(op string, commit bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	switch {
	case f.log.epochs[f.id()] != f.epoch:
		return fenced(op)
	case f.tx == nil:
		return &broker.ProducerError{Code: -172, Op: op, Text: "erroneous state"}
	case commit && f.failed:
		return &broker.ProducerError{Code: -1, Op: op, Text: "a record failed", Abort: true}
	}
	f.log.finish(f.id(), commit)
	f.tx = nil
	if errs := f.log.unsaid[op]; len(errs) > 0 {
		f.log.unsaid[op] = errs[1:]
		return errs[0]
	}
	return nil
}

// finish ends the open transaction of id. l.mu is held.
func (l *Log) finish(id string, commit bool) {
	if tx := l.live[id]; tx != nil {
		tx.committed = commit
		if tx.clock != nil {
			tx.clock.Stop()
		}
		settle(tx.held, commit)
		delete(l.live, id)
	}
}

func (f *FakeProducer) scripted(op string) error {
	f.log.wait(op)
	if f.isClosed() {
		return broker.ErrProducerClosed
	}
	return f.log.fault(op)
}

// Close reports what is on its way as purged; see broker.Producer.
func (f *FakeProducer) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.purge()
	<-f.done
}

// Header is a short way to a header's value.
func Header(r listener.Outgoing, key string) string {
	v, _ := r.Headers.Get(key)
	return string(v)
}
