// Package doctor holds a service's listeners against the cluster that they are
// to read from, and says what will go wrong, with the way out: brokers that
// can't be reached, topics that are not there, rights that are missing, groups
// whose members speak another protocol, offsets that point to nowhere.
//
// It reads only. Nothing is joined, consumed or changed.
package doctor

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
)

// defaultWithin is how long Run takes at most.
const defaultWithin = 15 * time.Second

// An Option changes how Run looks.
type Option func(*doctor)

// Within bounds the whole run. Defaults to 15 s.
func Within(d time.Duration) Option {
	return func(r *doctor) {
		if d > 0 {
			r.within = d
		}
	}
}

// Instances says how many processes of the service run at once, for the sum of
// its consumers. Defaults to 1.
func Instances(n int) Option { return func(r *doctor) { r.instances = max(1, n) } }

// Only looks at the listeners with these ids; none is all of them.
func Only(ids ...string) Option { return func(r *doctor) { r.only = ids } }

// A doctor is one run.
type doctor struct {
	within    time.Duration
	instances int
	only      []string
	open      func(map[string]string, func(int, string, string)) (broker.Admin, error)
	dial      func(ctx context.Context, address string) error
}

// Run looks at everything at once and returns what it found, the worst first.
// It returns at the latest when ctx, or the time of Within, has ended; what was
// not looked at by then is a finding. It does not panic.
func Run(ctx context.Context, specs []container.Spec, opts ...Option) Report {
	d := &doctor{within: defaultWithin, instances: 1, open: broker.OpenAdmin, dial: dial}
	for _, o := range opts {
		if o != nil {
			o(d)
		}
	}
	return d.run(ctx, specs)
}

func (d *doctor) run(ctx context.Context, specs []container.Spec) Report {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	began := time.Now()
	var sessions sync.WaitGroup
	all := connections(specs, d)
	for _, s := range all {
		sessions.Go(func() { s.run(ctx) })
	}
	sessions.Wait()
	report := Report{}
	for _, s := range all {
		report.Listeners += len(s.specs)
		report.Findings = append(report.Findings, s.taken()...)
	}
	report.Findings = append(report.Findings, unknownIDs(d.only, specs)...)
	report.sort()
	report.Took = time.Since(began).Round(time.Millisecond)
	return report
}

// wants reports whether a listener is to be looked at.
func (d *doctor) wants(s container.Spec) bool {
	return len(d.only) == 0 || slices.Contains(d.only, s.ID)
}

func unknownIDs(only []string, specs []container.Spec) []Finding {
	var out []Finding
	for _, id := range only {
		if !slices.ContainsFunc(specs, func(s container.Spec) bool { return s.ID == id }) {
			out = append(out, newFinding("listener-unknown", "", "listener "+id, nil))
		}
	}
	return out
}

// dial connects to an address and hangs up.
func dial(ctx context.Context, address string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err
}
