package brokertest

import (
	"errors"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

var errNotYet = errors.New("not written yet")

// Assign takes partitions without joining the group.
func (m *Member) Assign([]broker.Partition, broker.Owner) error { return errNotYet }

// OffsetsAt returns offsets by time.
func (m *Member) OffsetsAt([]broker.Partition, time.Time, time.Duration) ([]broker.Offset, error) {
	return nil, errNotYet
}

// LogStart returns the oldest offsets.
func (m *Member) LogStart([]broker.Partition, time.Duration) ([]broker.Offset, error) {
	return nil, errNotYet
}

// Topics returns metadata.
func (m *Member) Topics([]string, time.Duration) ([]broker.Topic, error) { return nil, errNotYet }
