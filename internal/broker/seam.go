// Package broker is the narrow, chunk-wise seam over the Kafka client: one
// interface, its implementation on confluent-kafka-go's Poll, and (in
// brokertest) a fake with the same contract.
package broker

import (
	"time"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A Partition names one partition of one topic.
type Partition struct {
	Topic string
	ID    int32
}

// An Offset is a position of a partition: the next record to be read.
type Offset struct {
	Partition
	Offset      int64 // a log position, or one of the Offset constants
	LeaderEpoch int32 // -1 (or the zero value) when unknown
	Metadata    string
	Err         error // per-partition result of Commit and of the questions
}

// Positions that are not a number.
const (
	Beginning int64 = -2    // the oldest record
	End       int64 = -1    // the next record to be written
	Stored    int64 = -1000 // whatever the group has committed, else the reset policy
	None      int64 = -1001 // no offset is committed
)

// A Chunk is the records of one partition that one turn hands over, in offset
// order, never empty. Their Attempt is 1: what the first delivery says.
type Chunk struct {
	Partition
	Epoch   uint64 // the epoch that Owner.Assigned returned for this assignment
	Records []listener.RawRecord
}

// A Turn is what one call of Next brought. The caller owns it and may reuse it;
// its chunks belong to the caller for good.
type Turn struct {
	Chunks []Chunk
	Errors []error // client-level errors, each a *ClientError
}

// Reset empties t for reuse. Chunks that were handed out stay valid.
func (t *Turn) Reset() { t.Chunks, t.Errors = t.Chunks[:0], t.Errors[:0] }

// records is how many records t has.
func (t *Turn) records() (n int) {
	for i := range t.Chunks {
		n += len(t.Chunks[i].Records)
	}
	return n
}

// Limits bounds one turn, per partition.
type Limits struct {
	Wait    time.Duration // longest wait for the first record
	Records int           // records per chunk
	Bytes   int           // key and value bytes per chunk
	// Spare, if set, has arrays for chunks.
	Spare *Shelf
}

// Room returns an empty array for n records.
func (l *Limits) Room(n int) []listener.RawRecord {
	if recs := l.Spare.take(n); recs != nil {
		return recs
	}
	return make([]listener.RawRecord, 0, n)
}

// An Assignment is one newly assigned partition with its start position and
// the epoch under which its chunks are delivered.
type Assignment struct {
	Partition
	Start Offset // Start.Offset is a position or one of the constants
	Epoch uint64
}

// A GroupMetadata is a member in one generation of its group. Only a Producer of
// the same implementation can read it.
type GroupMetadata any

// An Owner hears of rebalances. Its methods are called by the goroutine that
// is inside Next or Close, and by no other.
type Owner interface {
	// Assigned returns a start position and an epoch for each new partition.
	// parts may be empty: the group has answered, and gave this member nothing new.
	// Partitions that it leaves out are assigned with Stored and are paused.
	Assigned(parts []Partition) []Assignment
	// Revoked is called while the partitions are still owned: it drains, and
	// commits a last time. Half-built chunks of parts are already gone.
	Revoked(parts []Partition)
	// Lost is called when the partitions already belong to somebody else:
	// nothing may be committed any more.
	Lost(parts []Partition)
}

// A Topic is what the cluster says of a topic.
type Topic struct {
	Name       string
	Partitions int
	Err        error // a *ClientError: MissingTopic, Auth …
}

// A Consumer is one member of a consumer group.
//
// One goroutine alone calls Subscribe, Assign, Next, Pause, Resume, Holds, Seek and Close;
// Commit, Committed, OffsetsAt, LogStart, LogEnd, Topics, AssignmentLost, GroupMetadata and MemberID are safe from any
// goroutine, also while the owner is inside a callback. A method that is called
// after Close does nothing and returns ErrClosed.
type Consumer interface {
	// Subscribe joins the group; owner hears of the rebalances.
	Subscribe(topics []string, owner Owner) error
	// Assign takes partitions without joining the group, instead of Subscribe.
	// The next Next only calls Owner.Revoked for those that are gone and
	// Owner.Assigned for those that are new; a later call replaces the list.
	// Offsets are committed for the group all the same, but while the group has
	// members that fails as Fenced. A partition that does not exist is assigned
	// too: Next reports it as MissingTopic, and reads it once it exists. That its
	// topic is deleted later, or may not be seen, nobody says: ask Topics.
	Assign(parts []Partition, owner Owner) error
	// Reading says how records are read, and why by Poll where queues were asked for.
	// The answer never changes.
	Reading() (spec.Reader, error)
	// Wake ends a Next that waits, or the next one that would: for an owner that
	// wants to resume something at once. It is safe from any goroutine, also after
	// Close, and never blocks. The poll reader can't be woken.
	Wake()
	// Next resets turn and waits up to limits.Wait for something to happen, then
	// takes what is there without waiting: at most one chunk per partition.
	// Rebalances run inside it and end the turn: a partition that is revoked or
	// lost meanwhile has no chunk in turn, and one that is assigned has none
	// before the next call, so a Pause right after Next lets nothing through.
	Next(limits Limits, turn *Turn)
	// Pause stops delivery of parts. Unless the reader holds a partition, it
	// discards what the client has prefetched; nothing is lost, it is fetched
	// again after Resume.
	Pause(parts []Partition) error
	// Holds reports whether the reader pauses an assigned partition by just not
	// reading it: that costs nothing, keeps the prefetch, and may be done and
	// undone at any rate.
	Holds(p Partition) bool
	// Resume undoes Pause.
	Resume(parts []Partition) error
	// Seek moves the read position of an assigned partition; its next chunk
	// begins there and carries epoch. A chunk of it in the present turn is the
	// caller's to drop. It takes a number, Beginning or End; a paused partition
	// stays paused. Inside Assigned it has no effect: return Start instead.
	Seek(to Offset, epoch uint64) error
	// Commit sends offsets and waits for the answer: up to session.timeout.ms
	// when there is no coordinator (longer while no broker answers at all). It
	// returns the offsets with their results, in the order of the question
	// (Err is nil or a *ClientError), or one error for all of them. Nothing to
	// commit is a success. While the assignment is lost it fails as Fenced; else
	// it does not look at ownership: the group takes what any member of the
	// present generation sends.
	Commit(offsets []Offset) ([]Offset, error)
	// Committed asks for the group's committed offsets of parts; a partition
	// without one answers None. Under isolation.level=read_committed it waits, or
	// fails, while an open transaction holds offsets of them.
	Committed(parts []Partition, timeout time.Duration) ([]Offset, error)
	// OffsetsAt asks for each partition's first offset whose record is not older
	// than at; a partition without one answers the end of its log. What does not
	// exist has an Err of class MissingTopic, or Auth if it may not be seen, here
	// and in LogStart and LogEnd.
	OffsetsAt(parts []Partition, at time.Time, timeout time.Duration) ([]Offset, error)
	// LogStart asks for the oldest offset of each partition's log, in one request.
	LogStart(parts []Partition, timeout time.Duration) ([]Offset, error)
	// Topics asks for the metadata of topics, none for all topics. A topic that
	// does not exist, or may not be seen, has an Err; the answer itself fails
	// when no broker answers. It answers in the order of names, or by name for
	// all topics (those that may be seen), and never creates a topic.
	Topics(names []string, timeout time.Duration) ([]Topic, error)
	// LogEnd asks for the end of each partition's log, in one request.
	LogEnd(parts []Partition, timeout time.Duration) ([]Offset, error)
	// AssignmentLost reports that the partitions now belong to somebody else.
	AssignmentLost() bool
	// GroupMetadata says who this member is in the present generation, for
	// Producer.SendOffsets. Take it before the offsets are looked at: what is
	// still owned then was owned in that generation, and the group refuses it
	// once it has moved on. It waits for the client for a moment.
	GroupMetadata() (GroupMetadata, error)
	// MemberID names this member of the group, for people to read.
	MemberID() string
	// Close leaves the group: it calls Owner.Revoked (or Lost) for what is still
	// assigned, then frees the client. It may take as long as the client takes.
	// While a Commit or a question is in flight it only returns ErrBusy:
	// join the committer first. Any other error is for information: the client
	// is freed all the same (after a fatal error, Close repeats it).
	Close() error
}
