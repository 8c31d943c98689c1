package listener

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// Topics subscribes to topics; they may hold placeholders, "${app.orders:orders}".
// A later Topics replaces an earlier one.
func Topics(topics ...string) Option {
	quoted := make([]string, len(topics))
	for i, t := range topics {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	v := spec.Set(append([]string(nil), topics...), spec.Code(0))
	return spec.ForListener("listener.Topics("+strings.Join(quoted, ", ")+")", func(s *spec.Settings) { s.Topics = v })
}

// GroupID sets the consumer group. Defaults to consumer.group-id, else to the listener's id.
func GroupID(group string) Option {
	v := spec.Set(group, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.GroupID(%q)", group), func(s *spec.Settings) { s.GroupID = v })
}

// Factory names the container factory. Defaults to the default factory.
func Factory(name string) Option {
	v := spec.Set(name, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.Factory(%q)", name), func(s *spec.Settings) { s.Factory = v })
}

// AutoStartup says whether the listener starts with the application. Defaults to true.
func AutoStartup(on bool) Option {
	v := spec.Set(on, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.AutoStartup(%t)", on), func(s *spec.Settings) { s.AutoStartup = v })
}

// ClientID sets the prefix of the consumers' client ids.
func ClientID(prefix string) Option {
	v := spec.Set(prefix, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.ClientID(%q)", prefix), func(s *spec.Settings) { s.ClientID = v })
}

// Setting sets a setting by its name in configuration, "topics" or "concurrency",
// from a text that is read as configuration reads it, placeholders included:
// the way to one where the option takes no text. A name that there is not, and a
// text that can't be read, are faults at start-up.
//
//	listener.Setting("auto-startup", "${billing.listens:true}")
func Setting(name, text string) Option {
	origin := spec.Code(0)
	return spec.ForListener(fmt.Sprintf("listener.Setting(%q, %q)", name, spec.Printable(name, text)), func(s *spec.Settings) {
		s.PutText(name, text, origin)
	})
}

// Use wraps the handler in middlewares, the first outermost. They stand inside
// those of the factory, and several Use add up.
func Use(ms ...Middleware) Option {
	names := make([]string, len(ms))
	erased := make([]any, len(ms))
	for i, m := range ms {
		names[i], erased[i] = funcName(m), m
	}
	return spec.ForListener("listener.Use("+strings.Join(names, ", ")+")", func(s *spec.Settings) {
		s.Middleware = append(s.Middleware, erased...)
	})
}

// funcName names a function by its package and name, as the compiler calls it.
func funcName(m Middleware) string {
	if m == nil {
		return "nil"
	}
	return path.Base(runtime.FuncForPC(reflect.ValueOf(m).Pointer()).Name())
}
