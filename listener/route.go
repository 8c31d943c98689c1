package listener

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Route makes a listener with several handlers, each with a type of its own.
// One record goes to one of them, by what routes says:
//
//	listener.Route("orders", listener.ByHeader("type",
//		listener.When("order.created", billing.OnCreated),
//		listener.When("order.cancelled", billing.OnCancelled),
//		listener.Otherwise(billing.OnUnknown),
//	), listener.Topics("orders"))
//
// A record for which there is no handler is an *UnroutedError, which no retry
// heals. Either all handlers take an acknowledgment (WhenAck, OtherwiseAck) or none
// does. All share the listener's settings, its codecs and middleware included.
func Route(id string, routes Routes, opts ...Option) Listener {
	l := declared(id, Shape{Acks: len(routes.cases) > 0 && routes.cases[0].acks}, opts)
	l.types, l.where, l.fault = routes.types(), callerPath(2), routes.fault()
	l.bind = routes.bind
	return l
}

// Routes say which record goes to which handler; ByHeader and By make them.
type Routes struct {
	by    string // `header "type"`
	pick  func(*RawRecord) (string, bool)
	cases []Case
}

// ByHeader goes by the value of a header, the last one of that name. A record
// that does not have it goes to Otherwise. The type header that Spring's
// JsonSerializer writes is "__TypeId__", with the name of a Java class.
func ByHeader(name string, cases ...Case) Routes {
	return Routes{by: fmt.Sprintf("header %q", name), cases: cases, pick: func(r *RawRecord) (string, bool) {
		value, ok := r.Headers.Get(name)
		return string(value), ok
	}}
}

// By goes by what pick finds in a record, such as a type name in its value; name
// is what that is called in errors. Where pick answers false the record goes to
// Otherwise. It is called by the handler's worker, and must not change the record.
func By(name string, pick func(r *RawRecord) (string, bool), cases ...Case) Routes {
	return Routes{by: name, pick: pick, cases: cases}
}

// A Case is one handler of a Route.
type Case struct {
	value     string
	otherwise bool
	acks      bool
	missing   bool // it has no handler
	types     string
	bind      func(Codecs) (HandlerFunc, error)
}

// When takes the records for which the routes find value; compared byte by byte.
func When[K, V any](value string, h func(context.Context, KeyedRecord[K, V]) error) Case {
	c := Case{value: value, missing: h == nil, types: typesName[K, V]()}
	c.bind = func(codecs Codecs) (HandlerFunc, error) { return On("", h).bind(codecs) }
	return c
}

// WhenAck is When for a handler that takes an acknowledgment.
func WhenAck[K, V any](value string, h func(context.Context, KeyedRecord[K, V], Acknowledgment) error) Case {
	c := Case{value: value, acks: true, missing: h == nil, types: typesName[K, V]()}
	c.bind = func(codecs Codecs) (HandlerFunc, error) { return OnAck("", h).bind(codecs) }
	return c
}

// Otherwise takes the records that no When takes.
func Otherwise[K, V any](h func(context.Context, KeyedRecord[K, V]) error) Case {
	c := When("", h)
	c.otherwise = true
	return c
}

// OtherwiseAck is Otherwise for a handler that takes an acknowledgment.
func OtherwiseAck[K, V any](h func(context.Context, KeyedRecord[K, V], Acknowledgment) error) Case {
	c := WhenAck("", h)
	c.otherwise = true
	return c
}

// String names the case as people know it.
func (c Case) String() string {
	if c.otherwise {
		return "otherwise"
	}
	return fmt.Sprintf("%q", c.value)
}

func (r Routes) types() string {
	out := make([]string, len(r.cases))
	for i, c := range r.cases {
		out[i] = fmt.Sprintf("%s: %s", c, c.types)
	}
	return fmt.Sprintf("routes by %s {%s}", r.by, strings.Join(out, ", "))
}

// fault is what is wrong with the routes themselves, all of it.
func (r Routes) fault() error {
	if r.pick == nil {
		return errors.New("the routes have nothing to go by: make them with listener.ByHeader or listener.By")
	}
	if len(r.cases) == 0 {
		return fmt.Errorf("the routes by %s have no handler: add listener.When or listener.Otherwise", r.by)
	}
	var faults []error
	seen := map[string]bool{}
	for _, c := range r.cases {
		switch name := c.String(); {
		case c.bind == nil:
			faults = append(faults, errors.New("a route is the zero Case: make it with listener.When or listener.Otherwise"))
		case seen[name]:
			faults = append(faults, fmt.Errorf("the routes by %s have two handlers for %s: remove one of them", r.by, name))
		case c.missing:
			faults = append(faults, fmt.Errorf("the handler given for %s is nil", name))
		case c.acks != r.cases[0].acks:
			faults = append(faults, fmt.Errorf("the handlers for %s and for %s do not go together: either all of them take an acknowledgment, or none", r.cases[0], name))
		default:
			seen[name] = true
		}
	}
	return errors.Join(faults...)
}

// bind binds every case, and reports all that can't be bound.
func (r Routes) bind(c Codecs) (HandlerFunc, error) {
	handlers := make(map[string]HandlerFunc, len(r.cases))
	var otherwise HandlerFunc
	var faults []error
	var known []string
	for _, one := range r.cases {
		h, err := one.bind(c)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("the handler for %s: %w", one, err))
		case one.otherwise:
			otherwise = h
		default:
			handlers[one.value] = h
			known = append(known, one.value)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return func(ctx context.Context, d *Delivery) error {
		record := d.Records[0]
		value, found := r.pick(record)
		h := otherwise
		if found && handlers[value] != nil {
			h = handlers[value]
		}
		if h == nil {
			return &UnroutedError{record.Topic, record.Partition, record.Offset, r.by, value, !found, slices.Clone(known)}
		}
		return h(ctx, d)
	}, nil
}

// An UnroutedError says that a Route has no handler for a record. A retry is
// not expected to help.
type UnroutedError struct {
	Topic     string
	Partition int32
	Offset    int64
	By        string // `header "type"`
	Value     string // what the record has there; "" where it has nothing
	Missing   bool   // it has nothing
	Known     []string
}

// Error names the record, what it has and what there are handlers for. Values
// are escaped and cut.
func (e *UnroutedError) Error() string {
	what := "has no " + e.By
	if !e.Missing {
		what = fmt.Sprintf("has %s %s", e.By, shown(e.Value))
	}
	known := make([]string, 0, len(e.Known))
	for i, k := range e.Known {
		if i == mostKnown {
			known = append(known, fmt.Sprintf("and %d more", len(e.Known)-i))
			break
		}
		known = append(known, shown(k))
	}
	if len(known) == 0 {
		known = []string{"none"}
	}
	return fmt.Sprintf("no handler for %s[%d]@%d: it %s; there are handlers for %s, and no listener.Otherwise",
		e.Topic, e.Partition, e.Offset, what, strings.Join(known, ", "))
}

func (e *UnroutedError) advice() advice { return advice{fatal: true} }

// What an error shows of values that anybody may have written.
const (
	longestShown = 64
	mostKnown    = 10
)

// shown quotes s, cut where it is long.
func shown(s string) string {
	if len(s) <= longestShown {
		return fmt.Sprintf("%q", s)
	}
	cut := longestShown
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q… (%d bytes)", s[:cut], len(s))
}
