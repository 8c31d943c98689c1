package broker

import (
	"errors"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func TestWhatTheClientsErrorsMean(t *testing.T) {
	for _, c := range []struct {
		op    string
		code  int
		fatal bool
		want  Class
	}{
		{opCommit, 22, false, Fenced},
		{opCommit, 25, false, Fenced},
		{opCommit, 27, false, Retriable},
		{opCommit, 113, false, Retriable},
		{opCommit, -180, false, Retriable},
		{opCommit, -195, false, Retriable},
		{opCommit, 7, false, Retriable},
		{opCommit, 30, false, Auth},
		{opCommit, 12, false, MetadataTooLarge},
		{opPoll, -140, false, NoOffset},
		{opPoll, -168, false, NoOffset},
		{opPoll, -147, false, PollExceeded},
		{opPoll, 29, false, Auth},
		{opPoll, -169, false, Auth},
		{opPoll, 3, false, MissingTopic},
		{opPoll, -188, false, MissingTopic},
		{opPoll, 23, false, Assignor},
		{opPoll, 112, false, Assignor},
		{opPoll, -195, false, Transient},
		{opPoll, -187, false, Transient},
		{opSeek, -190, false, Transient},
		{opPoll, -190, false, MissingTopic},
		{opOffsetsAt, -190, false, MissingTopic},
		{opPoll, 82, true, FencedInstance},
		{opPoll, 110, true, Dead},
		{opPoll, -150, true, Dead},
	} {
		at := Partition{"t", 1}
		err := wrap(c.op, at, kafka.NewError(kafka.ErrorCode(c.code), "text", c.fatal))
		var e *ClientError
		if !errors.As(err, &e) || e.Class != c.want || e.Code != c.code || e.Op != c.op || e.Part != at {
			t.Errorf("%s %d fatal %v: %#v, want class %v", c.op, c.code, c.fatal, err, c.want)
		}
	}
}

func TestWrapOfNoErrorIsNil(t *testing.T) {
	if err := wrap(opPoll, Partition{}, nil); err != nil {
		t.Error(err)
	}
	if err := wrap(opPoll, Partition{}, kafka.NewError(kafka.ErrNoError, "", false)); err != nil {
		t.Error(err)
	}
	if err := wrap(opPoll, Partition{}, errors.New("strange")); err == nil {
		t.Error("an error that is not the client's is lost")
	}
}

func TestEveryClassHasAName(t *testing.T) {
	seen := map[string]bool{}
	for c := Transient; c <= MetadataTooLarge; c++ {
		if s := c.String(); s == "" || seen[s] {
			t.Errorf("class %d is called %q", c, s)
		} else {
			seen[s] = true
		}
	}
}
