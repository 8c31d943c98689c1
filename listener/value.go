package listener

import (
	"context"
	"fmt"
	"reflect"
)

// Value adapts domain code that knows nothing of Kafka:
//
//	listener.On("orders", listener.Value(billing.Charge), listener.Topics("orders"))
//
// A tombstone calls h with nil where V can be nil (pointer, map, slice,
// interface), and is a *TombstoneError otherwise. A nil h stays nil, so that
// Bind reports it.
func Value[V any](h func(context.Context, V) error) func(context.Context, Record[V]) error {
	if h == nil {
		return nil
	}
	nilable := canBeNil(reflect.TypeFor[V]())
	return func(ctx context.Context, r Record[V]) error {
		if r.Tombstone && !nilable {
			return &TombstoneError{r.Topic, r.Partition, r.Offset}
		}
		return h(ctx, r.Value)
	}
}

// A TombstoneError says that a handler which takes only the value was to be
// given a record without one. A retry is not expected to help.
type TombstoneError struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Error names the record and the ways to take tombstones.
func (e *TombstoneError) Error() string {
	return fmt.Sprintf("%s[%d]@%d is a tombstone, and its handler takes only a value that cannot be nil: take a pointer, or a listener.Record",
		e.Topic, e.Partition, e.Offset)
}

func (e *TombstoneError) advice() advice { return advice{fatal: true} }

func canBeNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	default:
		return false
	}
}
