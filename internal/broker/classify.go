package broker

import (
	"errors"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// classes is the one table of what the client's error codes mean. A code that
// is not here is Transient; for a commit that is Retriable, as nothing but the
// end of the assignment makes a commit pointless.
var classes = map[kafka.ErrorCode]Class{
	kafka.ErrIllegalGeneration:      Fenced,           // 22
	kafka.ErrUnknownMemberID:        Fenced,           // 25
	kafka.ErrFencedMemberEpoch:      Fenced,           // 110
	kafka.ErrRebalanceInProgress:    Retriable,        // 27: commits land when the rebalance is over
	kafka.ErrStaleMemberEpoch:       Retriable,        // 113: KIP-848 moved on; the next commit has the new epoch
	kafka.ErrWaitCoord:              Retriable,        // -180: no coordinator for session.timeout.ms
	kafka.ErrOffsetMetadataTooLarge: MetadataTooLarge, // 12
	kafka.ErrAutoOffsetReset:        NoOffset,         // -140: auto.offset.reset=error
	kafka.ErrNoOffset:               NoOffset,         // -168; for a commit it is a success
	kafka.ErrMaxPollExceeded:        PollExceeded,     // -147

	kafka.ErrTopicAuthorizationFailed:   Auth, // 29
	kafka.ErrGroupAuthorizationFailed:   Auth, // 30
	kafka.ErrClusterAuthorizationFailed: Auth, // 31
	kafka.ErrSaslAuthenticationFailed:   Auth, // 58
	kafka.ErrAuthentication:             Auth, // -169

	kafka.ErrUnknownTopicOrPart: MissingTopic, // 3
	kafka.ErrUnknownTopic:       MissingTopic, // -188
	kafka.ErrTopicException:     MissingTopic, // 17: a name that can't exist
	kafka.ErrUnknownPartition:   MissingTopic, // -190: no such topic, or not so many partitions

	kafka.ErrInconsistentGroupProtocol: Assignor, // 23
	kafka.ErrUnsupportedAssignor:       Assignor, // 112

	kafka.ErrFencedInstanceID:     FencedInstance, // 82
	kafka.ErrUnreleasedInstanceID: Dead,           // 111: free again when the old member's session ends
	kafka.ErrUnsupportedVersion:   Dead,           // 35: the broker does not speak group.protocol=consumer
	kafka.ErrFatal:                Dead,           // -150
	kafka.ErrDestroy:              Dead,           // -197
}

// classOf looks a code up for an operation.
func classOf(op string, code kafka.ErrorCode, fatal bool) Class {
	class := classes[code]
	switch {
	case fatal && class != FencedInstance:
		return Dead
	case op == opSeek && code == kafka.ErrUnknownPartition:
		return Transient // of the assignment, not of the cluster
	case class == Transient && op == opCommit:
		return Retriable
	}
	return class
}

// The operations that a ClientError names.
const (
	opOpen      = "open"
	opSubscribe = "subscribe"
	opPoll      = "poll"
	opAssign    = "assign"
	opPause     = "pause"
	opSeek      = "seek"
	opCommit    = "commit"
	opCommitted = "committed"
	opLogEnd    = "logend"
	opLogStart  = "logstart"
	opOffsetsAt = "offsetsat"
	opTopics    = "topics"
	opMetadata  = "groupmetadata"
	opClose     = "close"
)

// wrap turns an error of the client into a *ClientError; nil stays nil.
func wrap(op string, at Partition, err error) error {
	if err == nil {
		return nil
	}
	var ke kafka.Error
	if !errors.As(err, &ke) {
		return &ClientError{Class: classOf(op, kafka.ErrFail, false), Code: int(kafka.ErrFail), Op: op, Text: err.Error(), Part: at}
	}
	if ke.Code() == kafka.ErrNoError {
		return nil
	}
	return &ClientError{Class: classOf(op, ke.Code(), ke.IsFatal()), Code: int(ke.Code()), Op: op, Text: ke.Error() + hints[ke.Code()], Part: at}
}

// hints are said with codes whose own text leads astray.
var hints = map[kafka.ErrorCode]string{
	// To a new member under group.protocol=consumer, about the old ones.
	kafka.ErrGroupIDNotFound: " (the broker also says this to members under group-protocol consumer while the group's classic members use " +
		"an assignor that it can't translate, as cooperative-sticky: they come in when the last of those has left, see docs/migration.md)",
}
