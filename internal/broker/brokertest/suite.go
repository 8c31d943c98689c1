package brokertest

import (
	"testing"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A Backend is a Kafka that the conformance suite runs against: the fake, or a
// client with some broker.
type Backend interface {
	// Open makes a client. The suite sets group.id, auto.offset.reset and
	// client.id; the backend adds what reaches its broker.
	Open(broker.Params) (broker.Consumer, error)
	// CreateTopic makes a topic with a name that was never used, and returns it
	// when it can be produced to.
	CreateTopic(t testing.TB, partitions int) string
	// AddTopic makes the topic of that name, or makes it so large.
	AddTopic(t testing.TB, name string, partitions int)
	// DropTopic deletes a topic and returns when it is gone.
	DropTopic(t testing.TB, name string)
	// Trim deletes the records of p below offset.
	Trim(t testing.TB, p broker.Partition, offset int64)
	// Produce appends records: key, value, headers, and timestamps that are not
	// zero. It returns when they are acknowledged.
	Produce(t testing.TB, p broker.Partition, recs ...listener.RawRecord)
}

// A Lacker is a Backend whose client can't keep every rule. Lacks says why it
// can't keep the one of that name, or "": the case is skipped with that reason.
type Lacker interface{ Lacks(rule string) string }

// A Case is one rule of the broker.Consumer contract.
type Case struct {
	Name string
	Run  func(t *testing.T, b Backend)
}

// Run runs every case as a subtest, each with a Backend of its own.
func Run(t *testing.T, backend func(t *testing.T) Backend) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			b := backend(t)
			if l, ok := b.(Lacker); ok && l.Lacks(c.Name) != "" {
				t.Skip(l.Lacks(c.Name))
			}
			c.Run(t, b)
		})
	}
}

// Cases returns the suite, for callers that wrap each case themselves (in a
// synctest bubble, say).
func Cases() []Case {
	return []Case{
		{"DeliversEverythingInOrder", deliversInOrder},
		{"ChunksKeepTheLimits", chunksKeepLimits},
		{"ChunksBelongToTheCaller", chunksBelongToCaller},
		{"NullsHeadersAndTimestampsComeThrough", nullsAndHeaders},
		{"StartPositions", startPositions},
		{"LeftOutPartitionsArePaused", leftOutIsPaused},
		{"PauseIsExact", pauseIsExact},
		{"PauseAfterAssignmentLetsNothingThrough", pauseAfterAssignment},
		{"HeldPartitionsGoOnWhereTheyWere", heldGoesOn},
		{"PartitionsBeyondTheBudget", beyondTheBudget},
		{"WakeEndsAWait", wakeEndsWait},
		{"SeekForgetsWhatIsLeftOver", seekDropsLeftovers},
		{"SeekIsExact", seekIsExact},
		{"SeekNeedsAnAssignment", seekUnassigned},
		{"SeekNeedsAPosition", seekNeedsPosition},
		{"SeekLeavesNothingOfTheOldPosition", seekEpochs},
		{"SeekRightAfterTheAssignment", seekAtOnce},
		{"SeekWhilePaused", seekPaused},
		{"ExplicitPartitions", explicitPartitions},
		{"ExplicitPartitionsCommit", assignCommits},
		{"ExplicitPartitionsAreReplaced", assignReplaces},
		{"ExplicitPartitionsThatAreLeftOut", assignLeftOut},
		{"ExplicitPartitionsThatAreMissing", assignMissing},
		{"ExplicitPartitionsOutliveTheirTopic", assignOutlives},
		{"ExplicitPartitionsAreRevokedByClose", assignCloseRevokes},
		{"ExplicitPartitionsOrASubscription", assignOrSubscribe},
		{"CommitAndCommitted", commitAndCommitted},
		{"AnswersKeepTheOrderOfTheQuestion", answersInOrder},
		{"QuestionsInsideAssigned", questionsInsideAssigned},
		{"LogEnd", logEnd},
		{"LogStart", logStart},
		{"OffsetsAt", offsetsAt},
		{"MissingPartitionsHaveNoOffsets", missingPartitions},
		{"NewGroupsHaveCommittedNothing", newGroupCommittedNothing},
		{"Topics", topics},
		{"TopicsThatComeLaterAreFound", topicCreatedLater},
		{"PatternsFindNewTopics", patternFindsNewTopics},
		{"AddedPartitionsAreFound", partitionsAdded},
		{"TopicsThatAreMadeAgain", topicMadeAgain},
		{"MissingOffsetIsReported", missingOffset},
		{"MissingTopicIsReported", missingTopic},
		{"CloseRevokes", closeRevokes},
		{"NothingAfterClose", nothingAfterClose},
		{"AMemberWithoutPartitionsLeavesAtClose", idleLeaves},
		{"CloseInsideACallback", closeInsideCallback},
		{"HandOverIsExact", handOver},
		{"PauseEndsWithTheAssignment", pauseEndsWithAssignment},
		{"SecondAssignmentHasItsOwnEpoch", secondAssignment},
		{"FencedInstanceLosesItsPartitions", fencedInstance},
		{"OpenNeedsAGroup", openNeedsGroup},
	}
}
