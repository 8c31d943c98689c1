package event

import "time"

// Topics that the application declares.
type (
	// TopicCreated: a declared topic was missing. -1 is the brokers' default.
	TopicCreated struct {
		Topic                string
		Partitions, Replicas int
	}
	// TopicExpanded: a declared topic had too few partitions. Keys land on other
	// partitions from now on.
	TopicExpanded struct {
		Topic    string
		From, To int
	}
	// TopicDiffers: a topic is not as it is declared: partitions, replicas, or
	// one of its settings, which Changed says was set.
	TopicDiffers struct {
		Topic, Setting   string
		Declared, Actual string
		Changed          bool
	}
	// TopicsPending: declared topics could not be looked at, made or changed; it is tried again
	// after Retry, or, where that is 0, no more.
	TopicsPending struct {
		Err   error
		Retry time.Duration
	}
)

func (TopicCreated) event()  {}
func (TopicExpanded) event() {}
func (TopicDiffers) event()  {}
func (TopicsPending) event() {}
