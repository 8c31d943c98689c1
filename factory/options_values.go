package factory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Codec decodes values. Defaults to the codec of the value's type.
func Codec(c listener.Codec) Option {
	v := spec.Set[any](c, spec.Code(0))
	return spec.ForFactory("codec="+codecName(c), func(s *spec.Settings) { s.Codec = v })
}

// KeyCodec decodes keys. Defaults to the codec of the key's type.
func KeyCodec(c listener.Codec) Option {
	v := spec.Set[any](c, spec.Code(0))
	return spec.ForFactory("key-codec="+codecName(c), func(s *spec.Settings) { s.KeyCodec = v })
}

// ErrorHandler decides what happens to a failed record. Defaults to back-off
// for ever, 100 ms doubling to 30 s.
func ErrorHandler(h errorhandler.Handler) Option {
	v := spec.Set[any](h, spec.Code(0))
	return spec.ForFactory(fmt.Sprintf("error-handler=%T", h), func(s *spec.Settings) { s.ErrorHandler = v })
}

// Sender is what the framework sends by on a listener's behalf: the replies of
// OnRequest. A template is one. Where the context of a handler carries a
// transaction, what is sent joins it. For app.OnRequest it defaults to the
// template that is provided there.
func Sender(s listener.Sender) Option {
	v := spec.Set[any](s, spec.Code(0))
	return spec.ForFactory(fmt.Sprintf("sender=%T", s), func(set *spec.Settings) { set.Sender = v })
}

// Use wraps handlers in middlewares, the first outermost. They stand outside
// those of the listener, and several Use add up.
func Use(ms ...listener.Middleware) Option {
	erased := make([]any, len(ms))
	for i, m := range ms {
		erased[i] = m
	}
	return spec.ForFactory(fmt.Sprintf("use=%d middleware", len(ms)), func(s *spec.Settings) {
		s.Middleware = append(s.Middleware, erased...)
	})
}

// Filter keeps the records for which every one of keep answers true; the others
// are done. See listener.Filter. Filters of the factory are asked before those of the listener.
func Filter(keep ...listener.FilterFunc) Option {
	erased := make([]any, len(keep))
	for i, f := range keep {
		erased[i] = listener.NewFilter(f)
	}
	return spec.ForFactory(fmt.Sprintf("filter=%d functions", len(keep)), func(s *spec.Settings) {
		s.Filters = append(s.Filters, erased...)
	})
}

// Validate asks every decoded value that has a method Validate() error, before
// the handler gets it; what it refuses is a *listener.InvalidError, which no
// retry heals. Off unless set. See listener.SelfValidation.
func Validate() Option { return Validator(listener.SelfValidation) }

// Validator asks v about every decoded value before the handler gets it; nil
// asks nobody, and takes a lower layer's away. The one of go-playground fits as it is:
// factory.Validator(validator.New().Struct).
func Validator(v listener.Validator) Option {
	set := spec.Set[any](v, spec.Code(0))
	return spec.ForFactory("validator", func(s *spec.Settings) { s.Validator = set })
}

// Property sets a property of the Kafka client; placeholders are resolved.
// Properties that the container owns may only be set to its own value.
func Property(key, value string) Option {
	return properties(map[string]string{key: value}, spec.Code(0))
}

// Properties sets several properties of the Kafka client.
func Properties(values map[string]string) Option {
	return properties(maps.Clone(values), spec.Code(0))
}

func properties(values map[string]string, origin string) Option {
	var text []string
	keys := slices.Sorted(maps.Keys(values)) // two names of one setting: the same one wins at each start
	for _, key := range keys {
		text = append(text, "properties."+key+"="+spec.Printable(key, values[key]))
	}
	return spec.ForFactory(strings.Join(text, " "), func(s *spec.Settings) {
		for _, key := range keys {
			s.SetProperty(key, values[key], origin)
		}
	})
}

func codecName(c listener.Codec) string {
	if c == nil {
		return "nil"
	}
	return c.Name()
}
