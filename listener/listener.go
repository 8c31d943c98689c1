// Package listener is what a user writes: typed handlers, the records and the
// acknowledgments they receive, codecs, middleware, options, and the Listener
// value that describes one subscription.
//
// A listener reads Topics, which its group shares out among all members, or
// Partitions, which are its own; with Broadcast every instance of the program
// gets every record. OnMessage takes a handler that was written for the client
// itself, as it is.
package listener

import (
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
)

// An Option is a setting of one listener. Every factory option is one, too.
type Option = spec.ListenerOption

// A Listener is a handler with its subscription. It is made by On, OnAck,
// OnBatch, OnBatchAck, OnMessage, OnMessageAck and OnRequest, and does nothing until a container runs it.
type Listener struct {
	id    string
	shape Shape
	lends bool   // its handler gets copies of the records alone
	types string // "listener.Record[Order]": what the handler takes, for people
	bind  func(Codecs) (HandlerFunc, error)
	opts  []Option
	where string // file:line of the call that made it
	fault error  // what is wrong with the declaration itself; Bind reports it
}

// ID returns the listener's id.
func (l Listener) ID() string { return l.id }

// Shape returns what the handler takes.
func (l Listener) Shape() Shape { return l.shape }

// Lends reports whether the handler sees no *RawRecord, but what the codecs make
// of it: that of On does.
func (l Listener) Lends() bool { return l.lends }

// Types returns the handler's record type, for people to read.
func (l Listener) Types() string { return l.types }

// Options returns the listener's own options, in order, without nil ones. Do
// not change the slice.
func (l Listener) Options() []Option { return l.opts }

// Where returns file:line of the code that declared the listener, the file
// with its folder: "billing/main.go:12".
func (l Listener) Where() string { return l.where }

// Broken returns a listener that no container can run, for code that makes
// listeners on a user's behalf and can't make this one: Bind answers err.
func Broken(id string, err error) Listener {
	l := declared(id, Shape{}, nil)
	l.where, l.fault = callerPath(3), err
	l.bind = func(Codecs) (HandlerFunc, error) { return nil, err }
	return l
}

// DeclaredAt returns l with another Where, for code that makes listeners on a
// user's behalf and knows the line that the user wrote.
func (l Listener) DeclaredAt(where string) Listener {
	l.where = where
	return l
}

// Bind returns the handler with its codecs chosen; it is safe for concurrent
// use. It fails, naming the listener and its line, when the handler is nil or
// a type has no codec.
func (l Listener) Bind(c Codecs) (HandlerFunc, error) {
	err := l.fault
	if l.bind == nil {
		err = errors.New("the zero Listener has no handler: make it with On, OnAck, OnBatch or OnBatchAck")
	}
	if err == nil {
		var h HandlerFunc
		if h, err = l.bind(c); err == nil {
			return h, nil
		}
	}
	return nil, fmt.Errorf("listener %q (%s): %w", l.id, l.where, err)
}

// declare makes a Listener without its bind. It must be called by the
// exported constructor itself: the caller's caller is the user.
func declare[K, V any](id string, shape Shape, nilHandler bool, opts []Option) Listener {
	l := declared(id, shape, opts)
	l.types, l.where = typesName[K, V](), callerPath(3)
	if nilHandler {
		l.fault = fmt.Errorf("the handler given to %s is nil", shape)
	}
	return l
}

// declared is what all declarations have in common.
func declared(id string, shape Shape, opts []Option) Listener {
	l := Listener{id: id, shape: shape}
	for _, o := range opts {
		if o != nil {
			l.opts = append(l.opts, o)
		}
	}
	return l
}
