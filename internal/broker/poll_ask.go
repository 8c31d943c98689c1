package broker

import (
	"errors"
	"time"
)

var errNotYet = errors.New("not written yet")

// Assign takes partitions without joining the group; see Consumer.
func (p *poller) Assign([]Partition, Owner) error { return errNotYet }

// OffsetsAt asks for offsets by time; see Consumer.
func (p *poller) OffsetsAt([]Partition, time.Time, time.Duration) ([]Offset, error) {
	return nil, errNotYet
}

// LogStart asks for the oldest offsets; see Consumer.
func (p *poller) LogStart([]Partition, time.Duration) ([]Offset, error) { return nil, errNotYet }

// Topics asks for metadata; see Consumer.
func (p *poller) Topics([]string, time.Duration) ([]Topic, error) { return nil, errNotYet }
