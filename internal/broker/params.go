package broker

import "github.com/hearken-go/hearken/internal/spec"

// Params are what a client of one group member is made of.
type Params struct {
	// Config is the client's configuration, complete but for the defaults of
	// Defaults; every key in it wins over a default. group.id is required.
	Config map[string]string
	// Reader is how records are read; the zero value is Poll. Where the queue
	// reader does not find the client as it knows it, Open goes on with Poll, and
	// Consumer.Reading says so.
	Reader spec.Reader
	// Log, if set, receives the client's own log lines (syslog level, tag,
	// text) from a goroutine of its own, which ends with Close.
	Log func(level int, tag, text string)
}

// An Opener makes the client of one group member: Open, or a fake's.
type Opener func(Params) (Consumer, error)
