package config

import (
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// profilesOf returns the active profiles: Spring's first, ours after them, so
// that ours win.
func profilesOf(environ map[string]string) []string {
	var out []string
	for _, variable := range []string{"SPRING_PROFILES_ACTIVE", "HEARKEN_PROFILES"} {
		for profile := range strings.SplitSeq(environ[variable], ",") {
			profile = strings.TrimSpace(profile)
			if profile != "" && !strings.ContainsAny(profile, `/\`) && !slices.Contains(out, profile) {
				out = append(out, profile)
			}
		}
	}
	return out
}

// isFor reports whether a document counts: it names no profile, or one that is
// active. Spring says so by spring.config.activate.on-profile, or by
// spring.profiles in files of old.
func (d *document) isFor(active []string) bool {
	for _, path := range [][]string{{"spring", "config", "activate", "on-profile"}, {"spring", "profiles"}} {
		l, ok := d.leaves[strings.Join(path, delim)]
		if !ok {
			continue
		}
		wanted, isList := l.value.([]string)
		if !isList {
			wanted = strings.Split(l.value.(string), ",")
		}
		if slices.ContainsFunc(wanted, func(w string) bool { return strings.ContainsAny(w, "&|()") }) {
			d.faults = spec.Faults{}
			d.leaves, d.named = map[string]leaf{}, map[string]string{}
			d.faults.Add(&Fault{
				Kind: ErrSyntax, Key: display(path), Origin: l.origin, Problem: "is an expression of profiles",
				Fix: "write names with commas, of which one has to be active, or !name",
			})
			return true
		}
		return slices.ContainsFunc(wanted, func(w string) bool {
			name, not := strings.CutPrefix(strings.TrimSpace(w), "!")
			return slices.Contains(active, name) != not
		})
	}
	return true
}
