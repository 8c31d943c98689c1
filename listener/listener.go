// Package listener is what a user writes: typed handlers, the records and the
// acknowledgments they receive, codecs, middleware, options, and the Listener
// value that describes one subscription.
package listener

import (
	"github.com/hearken-go/hearken/internal/spec"
)

// An Option is a setting of one listener. Every factory option is one, too.
type Option = spec.ListenerOption

// A Listener is a handler with its subscription. It is made by On, OnAck,
// OnBatch and OnBatchAck, and does nothing until a container runs it.
type Listener struct {
	id    string
	shape Shape
	types string // "listener.Record[Order]": what the handler takes, for people
	bind  func(Codecs) (HandlerFunc, error)
	opts  []Option
	where string // file:line of the call that made it
}

// ID returns the listener's id.
func (l Listener) ID() string { return l.id }

// Shape returns what the handler takes.
func (l Listener) Shape() Shape { return l.shape }

// Types returns the handler's record type, for people to read.
func (l Listener) Types() string { return l.types }

// Options returns the listener's own options, in order.
func (l Listener) Options() []Option { return l.opts }

// Where returns file:line of the code that declared the listener.
func (l Listener) Where() string { return l.where }

// Bind returns the handler with its codecs chosen. It fails when a type has no codec.
func (l Listener) Bind(c Codecs) (HandlerFunc, error) { return l.bind(c) }
