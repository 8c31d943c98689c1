package event

import "time"

// The life of a listener and its consumers.
type (
	// ListenerStarting: a container is opening its consumers.
	ListenerStarting struct {
		Listener, Group, Factory, AckMode string
		Topics                            []string
		Concurrency, Workers              int
		Settings                          string // every effective setting with its origin, for people
	}
	// ListenerStopped: all consumers of a listener have ended.
	ListenerStopped struct {
		Listener  string
		Reason    string        // "stopped", or why it ended by itself
		Err       error         // nil for a clean stop
		Abandoned []string      // handlers that did not end, commits that were not answered
		Took      time.Duration // from the request, or the failure, to the end
		Ran       time.Duration // from the start
	}
	// ListenerPaused: pause was requested; Reached follows when nothing runs any
	// more. With a Reason the listener has paused itself, until Until.
	ListenerPaused struct {
		Listener string
		Reached  bool
		Reason   string
		Until    time.Time
	}
	// ListenerResumed: the pause is over.
	ListenerResumed struct{ Listener string }
	// ListenerAdded: a listener came to a running registry.
	ListenerAdded struct{ Listener string }
	// ListenerRemoved: a listener was stopped and taken out of the registry.
	ListenerRemoved struct{ Listener string }
	// ListenerResized: the number of consumers changes.
	ListenerResized struct {
		Listener string
		From, To int
	}
	// ListenerIdle: no record came for Idle; Over reports that one came again.
	ListenerIdle struct {
		Listener string
		Idle     time.Duration
		Over     bool
	}
	// HealthChanged: a listener's health has another status or another reason.
	HealthChanged struct {
		Listener string
		Status   string // "up", "degraded", "down", "stopped"
		Reason   string // "" when all is well
	}
	// GroupDeleted: a broadcast listener's group was deleted after its stop, or could not be.
	GroupDeleted struct {
		Listener, Group string
		Err             error
	}
	// ConsumerStarted: a client was opened and subscribed.
	ConsumerStarted struct{ Consumer Consumer }
	// ReaderFallback: the queue reader was asked for and does not know this client
	// for sure; the listener reads by poll instead. Said once per listener.
	ReaderFallback struct {
		Listener string
		Err      error
	}
	// ConsumerFailed: a consumer ended by an error and is opened again after Retry.
	ConsumerFailed struct {
		Consumer Consumer
		Err      error
		Retry    time.Duration
	}
	// ConsumerNotAllowed: authentication or authorization failed; the consumer
	// is made again after Retry.
	ConsumerNotAllowed struct {
		Consumer Consumer
		Err      error
		Retry    time.Duration
	}
	// ConsumerEnded: a consumer has left the group.
	ConsumerEnded struct {
		Consumer  Consumer
		Err       error
		Abandoned []string
	}
)

func (ListenerStarting) event()   {}
func (ListenerStopped) event()    {}
func (ListenerPaused) event()     {}
func (ListenerResumed) event()    {}
func (ListenerAdded) event()      {}
func (ListenerRemoved) event()    {}
func (ListenerResized) event()    {}
func (ListenerIdle) event()       {}
func (HealthChanged) event()      {}
func (GroupDeleted) event()       {}
func (ConsumerStarted) event()    {}
func (ReaderFallback) event()     {}
func (ConsumerFailed) event()     {}
func (ConsumerNotAllowed) event() {}
func (ConsumerEnded) event()      {}
