package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// checkOrdering reports what can't be had together with an ordering or a commit
// map. full has its defaults; set has what somebody wrote.
func (r *resolver) checkOrdering(l listener.Listener, full, set spec.Settings, subject string) (notes []string) {
	fault := func(key, origin, problem, fix string) {
		r.faults.AddOnce(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	key, origin, by := "ordering", full.Ordering.Origin, "ordering "+full.Ordering.V.String()
	parallel := full.Ordering.V != spec.OrderPartition
	if !parallel && full.CommitMap.V {
		key, origin, by = "commit-map", full.CommitMap.Origin, "commit-map: true"
	}
	if !full.Ordering.V.Valid() || !parallel && !full.CommitMap.V {
		return r.strayOrdering(full, set)
	}
	if l.Shape().Batch {
		fault(key, origin, by+" is for single records, and this is a batch listener: a batch is settled as a whole, in its partition's order",
			"choose ordering partition without commit-map, or a listener of single records")
	}
	if prefix := full.TransactionIDPrefix; prefix.V != "" && full.CommitMap.V {
		fault("commit-map", full.CommitMap.Origin, fmt.Sprintf("true under transaction-id-prefix (%s): a transaction ends where nothing is done above its offset, so there is nothing to tell", prefix.Origin),
			"remove it; ordering key and none need no map there")
	}
	if scope := full.AckScope; parallel && scope.V == spec.ScopeCumulative {
		fault("ack-scope", scope.Origin, fmt.Sprintf("cumulative under %s (%s): with it the records before one may still be running", by, origin), "choose record, or ordering partition")
	}
	if full.Workers.V > full.Window.V {
		fault("window", full.Window.Origin, fmt.Sprintf("%d records for %d workers (%s): the rest of the workers would never have one", full.Window.V, full.Workers.V, full.Workers.Origin), "raise window, or lower workers")
	}
	return r.strayOrdering(full, set)
}

// strayOrdering notes settings that are not used.
func (r *resolver) strayOrdering(full, set spec.Settings) (notes []string) {
	stray := func(key, origin, why string) {
		if origin != "" {
			notes = append(notes, fmt.Sprintf("%s (%s) is not used: %s", key, origin, why))
		}
	}
	if full.TransactionIDPrefix.V != "" && full.TransactionMaxRecords.V == 1 {
		stray("ordering", set.Ordering.Origin, "each transaction has one record (ack-mode RECORD, or transaction-max-records 1), and a consumer one transaction at a time; choose BATCH")
	}
	if by := full.Ordering; by.V != spec.OrderKey {
		why := "the ordering is " + by.V.String()
		stray("null-key", set.NullKey.Origin, why)
		stray("order-key", set.OrderKey.Origin, why)
	}
	if !full.CommitMap.V {
		stray("commit-map-size", set.CommitMapSize.Origin, "there is no commit map")
	}
	return notes
}
