package doctor

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A Severity says how bad a finding is.
type Severity uint8

// The severities, from good to bad.
const (
	OK      Severity = iota + 1 // it is as it should be
	Info                        // worth knowing
	Warning                     // it works, and will not always
	Error                       // it does not work
)

var severities = [...]string{"", "ok", "info", "warning", "error"}

// String returns ok, info, warning or error.
func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return fmt.Sprintf("severity(%d)", s)
}

// MarshalText makes JSON say what String says.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severities[1:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no severity", text)
	}
	*s = Severity(i + 1)
	return nil
}

// A Finding is one thing that was looked at. It never holds a secret.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`               // names the entry of docs/doctor.md
	Listener string   `json:"listener,omitempty"` // "" where it concerns all that use the cluster
	Subject  string   `json:"subject"`            // "topic orders", "group billing", "broker localhost:9092"
	Problem  string   `json:"problem"`
	Fix      string   `json:"fix,omitempty"` // the way out
}

// A Report is what one run has found.
type Report struct {
	Listeners int           `json:"listeners"` // how many were looked at
	Findings  []Finding     `json:"findings"`  // the worst first
	Took      time.Duration `json:"took"`      // nanoseconds
}

// Worst returns the worst severity; OK where nothing was found.
func (r Report) Worst() Severity {
	worst := OK
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Count returns how many findings have a severity.
func (r Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Listener, b.Listener),
			cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Problem, b.Problem))
	})
	if r.Findings == nil {
		r.Findings = []Finding{} // an empty list in JSON, too
	}
}

// Write prints the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		whose := ""
		if f.Listener != "" {
			whose = f.Listener + ": "
		}
		fmt.Fprintf(&b, "%-8s %s%s: %s  [%s]\n", f.Severity, whose, f.Subject, f.Problem, f.Code)
		if f.Fix != "" {
			fmt.Fprintf(&b, "         → %s\n", f.Fix)
		}
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s, %d ok (%s)\n", count(r.Listeners, "listener"),
		count(r.Count(Error), "error"), count(r.Count(Warning), "warning"), count(r.Count(Info), "info"), r.Count(OK), r.Took)
	_, err := io.WriteString(w, b.String())
	return err
}
