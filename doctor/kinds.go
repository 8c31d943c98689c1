package doctor

import "strings"

// A kind is one row of the table of findings: what docs/doctor.md shows, and
// what a finding says once its {names} are filled in.
type kind struct {
	code     string
	severity Severity
	problem  string
	fix      string
	more     string // for the page alone: what is behind it
}

// values fill the {names} of a kind.
type values map[string]string

// newFinding makes a finding of a kind.
func newFinding(code, listener, subject string, v values) Finding {
	k := byCode[code]
	pairs := []string{}
	for name, value := range v {
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...)
	return Finding{
		Severity: k.severity, Code: code, Listener: listener, Subject: subject,
		Problem: fill.Replace(k.problem), Fix: fill.Replace(k.fix),
	}
}

var byCode = func() map[string]kind {
	out := map[string]kind{}
	for _, s := range sections {
		for _, k := range s.kinds {
			out[k.code] = k
		}
	}
	return out
}()

// A section of the page.
type section struct {
	title string
	kinds []kind
}

var sections = []section{
	{"The way to the cluster", reachKinds},
	{"Topics", topicKinds},
	{"Rights", aclKinds},
	{"Groups", groupKinds},
	{"Offsets", offsetKinds},
	{"The run itself", runKinds},
}
