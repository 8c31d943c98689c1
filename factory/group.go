package factory

import (
	"fmt"
	"regexp"

	"github.com/hearken-go/hearken/internal/spec"
)

// generated is what container platforms call their hosts: the end of a
// Kubernetes pod's name, or a container id.
var generated = regexp.MustCompile(`[0-9a-f]{12}$|-[a-z0-9]{8,10}-[a-z0-9]{5}$`)

// checkGroup looks at groups that change from start to start. It returns notes
// on what is allowed and seldom meant.
func (r *resolver) checkGroup(s spec.Settings, subject string) []string {
	group, reset := s.GroupID, s.AutoOffsetReset
	changing := r.cfg.Volatile(group.V)
	changing.Random = changing.Random || s.Broadcast.V
	var notes []string
	switch {
	case changing.Random && reset.V == spec.NoReset:
		r.faults.Add(&Fault{
			Kind: ErrContradiction, Subject: subject, Key: "auto-offset-reset", Origin: reset.Origin,
			Problem: fmt.Sprintf("none can't work with a random group (group-id, %s): a new group has no offsets", group.Origin),
			Fix:     "choose earliest or latest, or a group id that stays",
		})
	case changing.Random && reset.V == spec.Earliest:
		notes = append(notes, fmt.Sprintf("warning: a random group (%s) that begins at the earliest record reads everything again at every start", group.Origin))
	}
	if changing.Hostname && generated.MatchString(group.V) {
		notes = append(notes, fmt.Sprintf("warning: the host name in the group (%s) looks generated: each new host begins as a new group", group.Origin))
	}
	return notes
}

// broadcast gives a listener a group of its own, and makes it begin at the
// latest record unless the listener itself says otherwise: what a layer below
// says is meant for groups that stay.
func (r *resolver) broadcast(full, own *spec.Settings, subject string) []string {
	if !full.Broadcast.V {
		return nil
	}
	random, err := r.cfg.ExpandFor(subject+"broadcast", "${random.uuid}", full.Broadcast.Origin)
	if err != nil { // a source of random numbers that fails; a group in common would be no broadcast
		r.unresolved(err, "broadcast", full.Broadcast.Origin, subject)
	}
	full.GroupID = spec.Value[string]{V: full.GroupID.V + "-" + random, Origin: full.Broadcast.Origin, Secret: full.GroupID.Secret}
	var notes []string
	if id := full.GroupInstanceID; id.V != "" {
		notes = append(notes, fmt.Sprintf("group-instance-id: %s (%s) is not used: broadcast (%s) makes a new group at every start", shown(id), id.Origin, full.Broadcast.Origin))
		full.GroupInstanceID = spec.Value[string]{}
	}
	if reset := full.AutoOffsetReset; reset.V != spec.Latest && !own.AutoOffsetReset.IsSet() {
		notes = append(notes, fmt.Sprintf("auto-offset-reset: %s (%s) is not used: broadcast (%s) begins at the latest record, unless the listener itself says otherwise", reset.V, reset.Origin, full.Broadcast.Origin))
		full.AutoOffsetReset = spec.Set(spec.Latest, full.Broadcast.Origin)
	}
	return notes
}
