package broker

import "fmt"

// A Class says what a client error means for the engine.
type Class uint8

const (
	// Transient errors heal by themselves: the client retries.
	Transient Class = iota
	// Retriable commits may be sent again: the marks stay dirty.
	Retriable
	// Fenced: this member's generation is over; commits of it can't succeed.
	Fenced
	// NoOffset: auto-offset-reset is none and a partition has no valid offset.
	NoOffset
	// Auth: authentication or authorization failed, or the TLS handshake: one of
	// the two sides does not trust the other. Calls that time out meanwhile say so.
	Auth
	// MissingTopic: a topic or a partition of it does not exist. Of a subscribed
	// one the client does not say so with group.protocol=consumer: ask Topics.
	MissingTopic
	// PollExceeded: max.poll.interval.ms passed without a poll; the assignment is lost.
	PollExceeded
	// Dead: the client can't go on and has to be rebuilt.
	Dead
	// Assignor: the group's members speak another partition assignor.
	Assignor
	// FencedInstance: another member has this group.instance.id; final.
	FencedInstance
	// MetadataTooLarge: the offset metadata exceeds the broker's limit.
	MetadataTooLarge
)

// String names the class in one lower-case word, for people to read.
func (c Class) String() string {
	names := [...]string{
		"transient", "retriable", "fenced", "no-offset", "auth", "missing-topic",
		"poll-exceeded", "dead", "assignor", "fenced-instance", "metadata-too-large",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("class(%d)", c)
}

// A ClientError is an error of the Kafka client with what it means.
type ClientError struct {
	Class Class
	Code  int    // Kafka's error code, negative for the client's own
	Op    string // open, subscribe, poll, assign, pause, seek, commit, committed, logend, logstart, offsetsat, topics, groupmetadata, close
	Text  string
	Part  Partition // empty where the client does not say; ID -1 for the topic as a whole
}

// Error names the operation, the partition if known, and the client's text.
func (e *ClientError) Error() string {
	at := ""
	switch {
	case e.Part.Topic != "" && e.Part.ID < 0:
		at = " " + e.Part.Topic
	case e.Part.Topic != "":
		at = fmt.Sprintf(" %s[%d]", e.Part.Topic, e.Part.ID)
	}
	return fmt.Sprintf("kafka: %s%s: %s (code %d)", e.Op, at, e.Text, e.Code)
}
