package template

import "context"

// A Typed sends keys of one type and values of one type by a template: what is
// of another type does not compile. It is a plain value.
//
//	orders := template.Of[OrderID, Order](t, "orders")
//	sent, err := orders.Send(ctx, order.ID, order)
//
// One transaction may go over several of them, and over the template itself.
type Typed[K, V any] struct {
	t     *Template
	topic string
}

// Of returns t for one topic with its types; "" is the default topic. Keys are
// encoded by Options.KeyCodec, values by Options.Codec, else both by their types, as
// listeners with a listener.KeyedRecord[K, V] read them. An empty string is a key here,
// a nil pointer or byte slice is none.
func Of[K, V any](t *Template, topic string) Typed[K, V] { return Typed[K, V]{t, topic} }

// Send is Template.Send.
func (s Typed[K, V]) Send(ctx context.Context, key K, value V, opts ...SendOption) (Sent, error) {
	return s.SendAsync(ctx, key, value, opts...).Wait(ctx)
}

// SendAsync is Template.SendAsync.
func (s Typed[K, V]) SendAsync(ctx context.Context, key K, value V, opts ...SendOption) *Future {
	return s.t.SendAsync(ctx, s.topic, "", value, s.keyed(key, opts)...)
}

// Delete sends a tombstone: a record without a value.
func (s Typed[K, V]) Delete(ctx context.Context, key K, opts ...SendOption) (Sent, error) {
	return s.t.Send(ctx, s.topic, "", nil, s.keyed(key, opts)...)
}

// SendAll is Template.SendAll, of a value for each key in their order.
func (s Typed[K, V]) SendAll(ctx context.Context, records []Pair[K, V]) []Result {
	all := make([]Record, len(records))
	for i, r := range records {
		all[i] = Record{Topic: s.topic, Value: r.Value, Options: s.keyed(r.Key, r.Options)}
	}
	return s.t.SendAll(ctx, all)
}

// A Pair is one record of Typed.SendAll.
type Pair[K, V any] struct {
	Key     K
	Value   V
	Options []SendOption
}

// Template returns the template that sends.
func (s Typed[K, V]) Template() *Template { return s.t }

// keyed puts the key before what the caller says.
func (s Typed[K, V]) keyed(key K, opts []SendOption) []SendOption {
	return append([]SendOption{KeyOf(key)}, opts...)
}
