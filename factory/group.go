package factory

import (
	"fmt"
	"regexp"
	"strings"

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

// insecure notes settings that give secrets or data to whoever listens.
func insecure(s spec.Settings) []string {
	var notes []string
	get := func(name string) string { return strings.ToLower(s.Properties[name].V) }
	mechanism := get("sasl.mechanism") + get("sasl.mechanisms")
	if mechanism == "plain" && get("security.protocol") == "sasl_plaintext" {
		notes = append(notes, "warning: SASL PLAIN without TLS sends the password in the clear: set properties.security.protocol to sasl_ssl")
	}
	for _, check := range [][2]string{
		{"enable.ssl.certificate.verification", "false"},
		{"ssl.endpoint.identification.algorithm", "none"},
		{"enable.sasl.oauthbearer.unsecure.jwt", "true"},
	} {
		if name, off := check[0], check[1]; get(name) == off {
			notes = append(notes, fmt.Sprintf("warning: properties.%s %s (%s) switches a check off that keeps strangers out", name, off, s.Properties[name].Origin))
		}
	}
	return notes
}
