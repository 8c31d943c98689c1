package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A bound setting means something under some ack modes only.
type bound struct {
	key   string
	means func(ackmode.Row) bool
	where string // the modes, in words
	clear func(*spec.Settings)
}

var boundSettings = []bound{
	{
		"ack-time", func(r ackmode.Row) bool { return r.When.Has(ackmode.Elapsed | ackmode.ChunkEnd) },
		"TIME, COUNT_TIME, BATCH and MANUAL", func(s *spec.Settings) { s.AckTime.Origin = "" },
	},
	{
		"ack-count", func(r ackmode.Row) bool { return r.When.Has(ackmode.Counted) },
		"COUNT and COUNT_TIME", func(s *spec.Settings) { s.AckCount.Origin = "" },
	},
	{"ack-scope", handlerMarks, "MANUAL and MANUAL_IMMEDIATE", func(s *spec.Settings) { s.AckScope.Origin = "" }},
	{"unacked", handlerMarks, "MANUAL and MANUAL_IMMEDIATE", func(s *spec.Settings) { s.Unacked.Origin = "" }},
	{"async-acks", handlerMarks, "MANUAL and MANUAL_IMMEDIATE", func(s *spec.Settings) { s.AsyncAcks.Origin = "" }},
}

func handlerMarks(r ackmode.Row) bool { return r.By == ackmode.ByHandler }

// fits reports whether a handler of that shape can work under mode.
func fits(mode ackmode.Mode, shape listener.Shape) bool {
	if !mode.Valid() {
		return false
	}
	return handlerMarks(mode.Row()) == shape.Acks && (mode != ackmode.Record || !shape.Batch)
}

// checkMode reports settings that mean nothing under the effective ack mode.
// full has its defaults; set has what somebody wrote.
func (r *resolver) checkMode(full, set *spec.Settings, subject string) {
	mode := full.AckMode
	if !mode.V.Valid() {
		return // checkValues has said so
	}
	for _, b := range boundSettings {
		k, _ := spec.Lookup(b.key)
		if _, origin := k.Get(set); origin != "" && !b.means(mode.V.Row()) {
			r.faults.AddOnce(&Fault{
				Kind: ErrContradiction, Subject: subject, Key: b.key, Origin: origin,
				Problem: fmt.Sprintf("means nothing under ack-mode %s (%s)", mode.V, mode.Origin),
				Fix:     fmt.Sprintf("remove it, or choose one of %s", b.where),
			})
		}
	}
}

// checkShape reports a handler that cannot work under its settings.
func (r *resolver) checkShape(l listener.Listener, full spec.Settings, subject string) {
	mode, shape := full.AckMode, l.Shape()
	fault := func(key, origin, problem, fix string) {
		r.faults.Add(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	if full.Batch.IsSet() && full.Batch.V != shape.Batch {
		takes := map[bool]string{true: "batches", false: "single records"}
		fault("batch", full.Batch.Origin, fmt.Sprintf("the factory is for %s, and %s takes %s", takes[full.Batch.V], shape, takes[shape.Batch]),
			"declare the listener with "+listener.Shape{Batch: full.Batch.V, Acks: shape.Acks}.String()+", or use one of the factories that fit: "+list(r.fitting(shape), "there is none yet"))
	}
	if !mode.V.Valid() || fits(mode.V, shape) {
		return
	}
	under := mode.V.String()
	if f := full.Factory; f.V != "" { // which may have been chosen far from the mode
		under += fmt.Sprintf(", with factory %q (%s),", shown(f), f.Origin)
	}
	alternatives := "factories that fit: " + list(r.fitting(shape), "none yet")
	other := shape
	other.Acks = !shape.Acks
	switch {
	case shape.Acks && !handlerMarks(mode.V.Row()):
		fault("ack-mode", mode.Origin, fmt.Sprintf("%s takes an acknowledgment, but under %s the container marks records itself", shape, under),
			fmt.Sprintf("choose MANUAL or MANUAL_IMMEDIATE (%s), or declare the listener with %s", alternatives, other))
	case handlerMarks(mode.V.Row()) && !shape.Acks:
		fault("ack-mode", mode.Origin, fmt.Sprintf("under %s the handler marks records, but %s gives it no acknowledgment", under, shape),
			fmt.Sprintf("declare the listener with %s, or choose another mode (%s)", other, alternatives))
	default:
		fault("ack-mode", mode.Origin, "RECORD commits record by record, but "+shape.String()+" takes batches",
			fmt.Sprintf("choose BATCH (%s), or declare the listener with On", alternatives))
	}
}
