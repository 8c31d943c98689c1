package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// checkBatches reports how batches are to be cut where there are none, and
// batches that can't come about. full has its defaults; set has what somebody wrote.
func (r *resolver) checkBatches(l listener.Listener, full, set *spec.Settings, subject string) {
	fault := func(key, origin, problem, fix string) {
		r.faults.AddOnce(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	for _, key := range []string{"batch-size", "batch-linger"} {
		k, _ := spec.Lookup(key)
		if _, origin := k.Get(set); origin != "" && !l.Shape().Batch {
			fault(key, origin, fmt.Sprintf("is for batch listeners, and %s takes single records", l.Shape()),
				"remove it, declare the listener with "+listener.Shape{Batch: true, Acks: l.Shape().Acks}.String()+", or set it for a factory that only batch listeners use")
		}
	}
	if n := full.BatchSize; l.Shape().Batch && n.V > full.Window.V {
		fault("window", full.Window.Origin, fmt.Sprintf("%d records can't hold a batch of %d (batch-size, %s)", full.Window.V, n.V, n.Origin), "raise window, twice batch-size is right, or lower batch-size")
	}
}

// batchSize is how large batches are cut where they are not what was handed
// over together: 0 for that.
func batchSize(s spec.Settings) int {
	if !s.BatchSize.IsSet() && s.BatchLinger.V > 0 {
		return s.MaxPollRecords.V
	}
	return s.BatchSize.V
}
