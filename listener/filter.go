package listener

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A FilterFunc reports whether a record is kept: false means that no handler
// gets it, and it is done. It must be safe for concurrent use where the handler has to be,
// and it may be asked again about a record that is delivered again.
type FilterFunc func(ctx context.Context, r *RawRecord) bool

// Filter keeps the records for which every one of keep answers true. The others
// never reach a middleware, a codec or the handler, and are done as far as
// Kafka is concerned, in every ack mode: under a manual one nobody has to
// acknowledge them. A batch is delivered without them, and not at all where none is left.
//
// Filters of the factory are asked before those of the listener, and several
// Filter add up. A filter that panics fails its record, and no other.
//
//	listener.Filter(func(_ context.Context, r *listener.RawRecord) bool { _, test := r.Headers.Get("test"); return !test })
func Filter(keep ...FilterFunc) Option {
	names, erased := make([]string, len(keep)), make([]any, len(keep))
	for i, f := range keep {
		names[i], erased[i] = filterName(f), RecordFilter{raw: f, name: filterName(f)}
	}
	return spec.ForListener("listener.Filter("+strings.Join(names, ", ")+")", func(s *spec.Settings) {
		s.Filters = append(s.Filters, erased...)
	})
}

// FilterRecords is Filter for decoded records: a record that keep is asked
// about is decoded for it, and once more for the handler. Where that may cost
// too much, Filter can decide by headers or key. One that can't be decoded is kept: what
// becomes of it is the handler's side to say.
func FilterRecords[K, V any](keep func(ctx context.Context, r KeyedRecord[K, V]) bool) Option {
	f := RecordFilter{name: typesName[K, V]()}
	if keep != nil {
		f.typed = func(c Codecs) (FilterFunc, error) {
			c.Validate = nil
			decoding, err := bindDecoder[K, V](c)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, r *RawRecord) bool {
				var rec KeyedRecord[K, V]
				return decoding.decode(r, &rec) != nil || keep(ctx, rec)
			}, nil
		}
	}
	return spec.ForListener("listener.FilterRecords("+f.name+")", func(s *spec.Settings) { s.Filters = append(s.Filters, f) })
}

// A RecordFilter is what Filter and FilterRecords set; package factory binds it.
type RecordFilter struct {
	name  string
	raw   FilterFunc
	typed func(Codecs) (FilterFunc, error)
}

// NewFilter makes a RecordFilter of a function, which may be nil: Bind reports it.
func NewFilter(keep FilterFunc) RecordFilter { return RecordFilter{raw: keep, name: filterName(keep)} }

// Bind returns the filter with its codecs chosen.
func (f RecordFilter) Bind(c Codecs) (FilterFunc, error) {
	switch {
	case f.raw != nil:
		return f.raw, nil
	case f.typed == nil:
		return nil, fmt.Errorf("a filter is nil: remove it, or say what it keeps")
	}
	keep, err := f.typed(c)
	if err != nil {
		return nil, fmt.Errorf("the filter of %s: %w", f.name, err)
	}
	return keep, nil
}

func filterName(f FilterFunc) string {
	if f == nil {
		return "nil"
	}
	return path.Base(runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name())
}
