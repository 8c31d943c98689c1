package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// maxPollBytes bounds what one turn hands over of one partition.
const maxPollBytes = 1 << 20

// resolve makes the spec of one listener. It is only of use where no fault
// was found.
func (r *resolver) resolve(l listener.Listener, subject string) container.Spec {
	code := r.expand(spec.FromListener(l.Options()), subject)
	fromConfig, _ := r.cfg.Listener(l.ID())
	own := spec.Layer(code, fromConfig)
	recipe := r.recipeOf(l, own, subject)
	set, notes := stack(append(append([]spec.Settings(nil), recipe...), code, fromConfig))
	full := spec.WithDefaults(set)
	if !full.GroupID.IsSet() {
		full.GroupID = spec.Set(l.ID(), spec.DefaultOrigin)
	}
	if !full.ErrorHandler.IsSet() {
		full.ErrorHandler = spec.Set[any](errorhandler.NewDefault(), spec.DefaultOrigin)
	}
	r.checkValues(set, subject)
	r.checkTopics(full.Topics, subject)
	r.checkProperties(set, subject)
	if recipe != nil { // without its factory the mode is not known
		r.checkMode(full, set, subject)
		r.checkShape(l, full, subject)
	}
	notes = append(notes, r.checkGroup(full, subject)...)
	handler := r.bind(l, full, subject)
	return build(l, withClientDefaults(full), handler, append(notes, insecure(full)...))
}

// bind chooses the codecs and wraps the handler.
func (r *resolver) bind(l listener.Listener, s spec.Settings, subject string) listener.HandlerFunc {
	key, _ := s.KeyCodec.V.(listener.Codec)
	value, _ := s.Codec.V.(listener.Codec)
	h, err := l.Bind(listener.Codecs{Key: key, Value: value})
	if err != nil {
		r.faults.Add(&Fault{Kind: ErrInvalidSetting, Subject: subject, Problem: "the handler can't be used: " + err.Error(), Cause: err})
		return nil
	}
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

// build copies settings into the engine's terms.
func build(l listener.Listener, s spec.Settings, handler listener.HandlerFunc, notes []string) container.Spec {
	handle, _ := s.ErrorHandler.V.(errorhandler.Handler)
	return container.Spec{
		ID:              l.ID(),
		Group:           s.GroupID.V,
		Factory:         s.Factory.V,
		Where:           l.Where(),
		Topics:          s.Topics.V,
		Text:            text(l, s, notes),
		Shape:           l.Shape(),
		Handler:         handler,
		ErrorHandler:    handle,
		AckMode:         s.AckMode.V,
		AckTime:         s.AckTime.V,
		AckCount:        max(1, s.AckCount.V),
		Await:           s.Commit.V == spec.Awaited,
		Cumulative:      s.AckScope.V == spec.ScopeCumulative,
		Unacked:         s.Unacked.V,
		AsyncAcks:       s.AsyncAcks.V,
		Concurrency:     s.Concurrency.V,
		Workers:         s.Workers.V,
		MaxPollRecords:  s.MaxPollRecords.V,
		MaxPollBytes:    maxPollBytes,
		MaxPollInterval: s.MaxPollInterval.V,
		HandlerTimeout:  s.HandlerTimeout.V,
		OnHang:          s.OnHang.V,
		RevokeTimeout:   s.RevokeTimeout.V,
		ShutdownTimeout: s.ShutdownTimeout.V,
		Reset:           s.AutoOffsetReset.V,
		AutoStartup:     s.AutoStartup.V,
		Client:          sharedConfig(s, l.ID()),
		Open: func(index int, log func(level int, tag, text string)) (broker.Consumer, error) {
			return broker.Open(broker.Params{Config: clientConfig(s, l.ID(), index), Log: log})
		},
	}
}

// text prints the effective settings; notes stand above them.
func text(l listener.Listener, s spec.Settings, notes []string) string {
	out := fmt.Sprintf("# listener %s (%s): %s of %s\n", l.ID(), l.Where(), l.Shape(), l.Types())
	if s.AckMode.V.Valid() && s.AckTime.IsSet() && s.AckMode.V.Row().When.Has(ackmode.ChunkEnd) {
		notes = append(notes, fmt.Sprintf("ack-time %s is the longest that an acknowledged record stays uncommitted", s.AckTime.V))
	}
	for _, n := range notes {
		out += "# " + n + "\n"
	}
	return out + spec.Render(s)
}
