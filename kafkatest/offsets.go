package kafkatest

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// A Commit is what a group has committed for one partition.
type Commit struct {
	Offset      int64
	LeaderEpoch int32
	Metadata    string
}

// Committed returns the group's committed offsets of topic, seen from outside.
// A partition without one is not in the map.
func (b *Broker) Committed(group, topic string) map[int32]int64 {
	b.tb.Helper()
	offsets := make(map[int32]int64)
	for p, c := range b.Commits(group, topic) {
		offsets[p] = c.Offset
	}
	return offsets
}

// Commits is Committed with all that the broker keeps of a commit.
func (b *Broker) Commits(group, topic string) map[int32]Commit {
	b.tb.Helper()
	var commits map[int32]Commit
	b.retry("committed offsets of group "+group, func() (err error) {
		commits, err = b.fetchCommits(group, topic)
		return
	})
	return commits
}

func (b *Broker) fetchCommits(group, topic string) (map[int32]Commit, error) {
	ctx, cancel := request()
	defer cancel()
	resp, err := b.admin.FetchOffsets(ctx, group)
	if err == nil {
		err = resp.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil // a group that nobody has used yet
	}
	if err != nil {
		return nil, err
	}
	commits := make(map[int32]Commit)
	for p, o := range resp[topic] {
		if o.At >= 0 {
			commits[p] = Commit{Offset: o.At, LeaderEpoch: o.LeaderEpoch, Metadata: o.Metadata}
		}
	}
	return commits, nil
}

// Commit writes an offset for a group that has no members, as if a run had
// ended there.
func (b *Broker) Commit(group, topic string, partition int32, c Commit) {
	b.tb.Helper()
	offsets := make(kadm.Offsets)
	offsets.Add(kadm.Offset{Topic: topic, Partition: partition, At: c.Offset, LeaderEpoch: -1, Metadata: c.Metadata})
	b.retry(fmt.Sprintf("commit %s/%d@%d for group %s", topic, partition, c.Offset, group), func() error {
		ctx, cancel := request()
		defer cancel()
		return b.admin.CommitAllOffsets(ctx, group, offsets)
	})
}

// WaitCommitted waits until the group's offset of the partition is at least
// offset, and returns it.
func (b *Broker) WaitCommitted(group, topic string, partition int32, offset int64) int64 {
	b.tb.Helper()
	var last int64
	b.eventually(fmt.Sprintf("group %s commits %s/%d up to %d", group, topic, partition, offset), func() (bool, string) {
		commits, err := b.fetchCommits(group, topic)
		c, ok := commits[partition]
		if err != nil || !ok {
			return false, fmt.Sprintf("nothing is committed (error: %v)", err)
		}
		last = c.Offset
		return last >= offset, fmt.Sprintf("committed is %d", last)
	})
	return last
}

// WaitDone waits until the group has committed the end of every partition of
// topic that has records: all that was produced is done.
func (b *Broker) WaitDone(group, topic string) {
	b.tb.Helper()
	b.eventually(fmt.Sprintf("group %s commits all of %s", group, topic), func() (bool, string) {
		ends, err := b.listEnds(topic)
		if err != nil {
			return false, err.Error()
		}
		commits, err := b.fetchCommits(group, topic)
		if err != nil {
			return false, err.Error()
		}
		done := true
		for p, end := range ends {
			done = done && commits[p].Offset >= end
		}
		return done, fmt.Sprintf("committed %v, log ends %v", commits, ends)
	})
}
