package template

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/broker"
)

// Prepare makes a template that Open opens: it has no client, connects to
// nothing, and needs no Close. Until it is open, sends and transactions answer
// ErrNotOpen. What is wrong with the options is an error here; what the client
// alone refuses, one of Open. All faults come at once.
func Prepare(o Options) (*Template, error) { return prepare(o, broker.OpenProducer) }

func prepare(o Options, open broker.ProducerOpener) (*Template, error) {
	o = o.withDefaults()
	t := &Template{open: open, flights: newFlights(), running: newFlights(), chores: newFlights(), lost: map[string]int{}, lines: map[*line]bool{}}
	t.plain.t = t
	err := o.check()
	if err == nil {
		_, err = o.config(o.TransactionIDPrefix)
	}
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", o.Name, err)
	}
	t.o = o
	if o.Replies.Topic != "" {
		t.asking = newAsking(t)
	}
	t.chain = chained(t.dispatch, o.Interceptors)
	if o.TransactionIDPrefix != "" {
		t.pool = newPool(t)
	}
	return t, nil
}

// Open opens a template that Prepare has made. It connects in the background. It
// is called once; a template that was closed stays closed (ErrClosed).
func (t *Template) Open() error {
	switch {
	case t.closing.Load():
		return fmt.Errorf("template %q: %w", t.o.Name, ErrClosed)
	case t.opened.Load():
		return fmt.Errorf("template %q is open already", t.o.Name)
	}
	return t.opening()
}

// shut says why nothing can be sent, nil where something can.
func (t *Template) shut() error {
	switch {
	case t.closing.Load():
		return ErrClosed
	case !t.opened.Load():
		return ErrNotOpen
	}
	return nil
}
