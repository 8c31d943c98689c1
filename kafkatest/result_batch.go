package kafkatest

import (
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A batchAck writes a handler's acknowledgments of a batch into a Result.
type batchAck struct {
	result  *Result
	records int

	mu     sync.Mutex
	done   int  // the first done are acknowledged
	closed bool // nothing is left to settle
}

// Acknowledge marks the whole batch as done.
func (a *batchAck) Acknowledge() error { return a.settle(a.records, true) }

// AcknowledgeFirst marks the first n as done.
func (a *batchAck) AcknowledgeFirst(n int) error { return a.settle(n, n == a.records) }

// NackFrom marks the first n as done and the rest as nacked.
func (a *batchAck) NackFrom(n int, delay time.Duration) error {
	if err := a.settle(n, true); err != nil {
		return err
	}
	for i := n; i < a.records; i++ {
		_ = a.result.nack(i, delay) // nobody else settles records of this batch
	}
	return nil
}

// settle acknowledges up to n; last says that no later call may follow.
func (a *batchAck) settle(n int, last bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n < 0 || n > a.records {
		return fmt.Errorf("kafkatest: the first %d of a batch of %d", n, a.records)
	}
	if a.closed || n < a.done {
		return listener.ErrSettled
	}
	for ; a.done < n; a.done++ {
		_ = a.result.acknowledge(a.done) // nobody else settles records of this batch
	}
	a.closed = last
	return nil
}
