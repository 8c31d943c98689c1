package container

import (
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Tx is what makes a listener transactional: what its handlers send with
// their context, and the offsets that they have consumed, become visible
// together or not at all.
type Tx struct {
	Prefix  string        // of the transactional ids; each consumer has its own
	Records int           // of one transaction, at most; a batch is never divided
	Time    time.Duration // from a transaction's first record to its commit, at most, but for handlers that run
	Timeout time.Duration // after which the broker aborts a transaction
	Cluster string        // the brokers, as templates name them
	// Open makes the transactional producer of one group member.
	Open func(id string, p broker.ProducerParams) (broker.Producer, error)
}
