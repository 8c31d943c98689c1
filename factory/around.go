package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// codecs are what decodes and checks the records of a listener.
func codecs(s spec.Settings) listener.Codecs {
	key, _ := s.KeyCodec.V.(listener.Codec)
	value, _ := s.Codec.V.(listener.Codec)
	check, _ := s.Validator.V.(listener.Validator)
	return listener.Codecs{Key: key, Value: value, Validate: check}
}

// bind chooses the codecs and wraps the handler.
func (r *resolver) bind(l listener.Listener, s *spec.Settings, subject string) listener.HandlerFunc {
	h, err := l.Bind(codecs(*s))
	if err != nil {
		r.faults.Add(&Fault{Kind: ErrInvalidSetting, Subject: subject, Problem: "the handler can't be used: " + err.Error(), Cause: err})
		return nil
	}
	h = r.replying(l, h, s, subject)
	for i := len(s.Middleware) - 1; i >= 0; i-- {
		m, ok := s.Middleware[i].(listener.Middleware)
		if !ok || m == nil {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Problem: fmt.Sprintf("middleware %d is nil", i+1), Fix: "remove it from Use",
			})
			continue
		}
		h = m(h)
	}
	return h
}

// bindFilters makes the filters of a listener, those of the factory first.
func (r *resolver) bindFilters(s *spec.Settings, subject string) []listener.FilterFunc {
	var out []listener.FilterFunc
	for i, f := range s.Filters {
		filter, _ := f.(listener.RecordFilter)
		keep, err := filter.Bind(codecs(*s))
		if err != nil {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Problem: fmt.Sprintf("filter %d can't be used: %v", i+1, err),
				Fix: "remove it, or give it what it needs", Cause: err,
			})
			continue
		}
		out = append(out, keep)
	}
	return out
}
