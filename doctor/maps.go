package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

// Offsets is what `hearken offsets` answers: how far the groups of some
// listeners are, and what is done above that.
type Offsets struct {
	Groups []GroupOffsets `json:"groups"`
	// Problems are what could not be looked up, for people.
	Problems []string `json:"problems,omitempty"`
}

// A GroupOffsets is one group on one cluster.
type GroupOffsets struct {
	Group      string            `json:"group"`
	Brokers    string            `json:"brokers"`
	Partitions []PartitionOffset `json:"partitions"`
}

// A PartitionOffset is how far a group is in one partition.
type PartitionOffset struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed int64  `json:"committed"` // -1 where nothing is
	End       int64  `json:"end"`       // of the log
	Lag       int64  `json:"lag"`       // records up to the end that are not known to be done; holes count
	Done      []Done `json:"done,omitempty"`
	Cut       bool   `json:"cut,omitempty"`   // more is done than the map could hold
	Doubt     string `json:"doubt,omitempty"` // why the metadata is not used
}

// A Done is offsets above the committed one that are done, both included.
type Done struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// GroupsOffsets looks up how far the groups of specs are. It changes nothing and
// joins nothing.
func GroupsOffsets(ctx context.Context, specs []container.Spec, opts ...Option) Offsets {
	d := &doctor{within: defaultWithin, instances: 1, open: broker.OpenAdmin, dial: dial}
	for _, o := range opts {
		if o != nil {
			o(d)
		}
	}
	return d.offsets(ctx, specs)
}

func (d *doctor) offsets(ctx context.Context, specs []container.Spec) Offsets {
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	var out Offsets
	var mu sync.Mutex
	var sessions sync.WaitGroup
	all := connections(specs, d)
	for _, s := range all {
		sessions.Go(func() {
			groups := s.groupOffsets(ctx)
			mu.Lock()
			defer mu.Unlock()
			out.Groups = append(out.Groups, groups...)
		})
	}
	sessions.Wait()
	for _, s := range all {
		for _, f := range s.taken() {
			if f.Severity != OK && f.Severity != Info {
				out.Problems = append(out.Problems, fmt.Sprintf("%s: %s", f.Subject, f.Problem))
			}
		}
	}
	for _, f := range unknownIDs(d.only, specs) {
		out.Problems = append(out.Problems, fmt.Sprintf("%s: %s", f.Subject, f.Problem))
	}
	slices.SortFunc(out.Groups, func(a, b GroupOffsets) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Brokers, b.Brokers))
	})
	return out
}

// groupOffsets looks at the groups of one cluster.
func (s *session) groupOffsets(ctx context.Context) (out []GroupOffsets) {
	if !s.guarded("the cluster", func() error { return s.connect(ctx) }) || s.admin == nil {
		return nil
	}
	defer s.admin.Close()
	s.guarded("the list of topics", func() (err error) { s.names, err = s.admin.TopicNames(ctx); return err })
	s.guarded("the topics", func() error { return s.describeTopics(ctx) })
	parts := map[string][]broker.Partition{}
	for _, sp := range s.specs {
		for _, p := range (look{session: s, spec: sp}).partitions() {
			if !slices.Contains(parts[sp.Group], p) {
				parts[sp.Group] = append(parts[sp.Group], p)
			}
		}
	}
	for group, list := range parts {
		s.guarded("group "+group, func() error {
			g, err := s.offsetsOf(ctx, group, list)
			if err == nil {
				out = append(out, g)
			}
			return err
		})
	}
	return out
}

func (s *session) offsetsOf(ctx context.Context, group string, parts []broker.Partition) (GroupOffsets, error) {
	out := GroupOffsets{Group: group, Brokers: s.client["bootstrap.servers"]}
	committed, err := s.admin.Offsets(ctx, group, parts)
	if isCode(err, groupNotFound) {
		committed, err = nothing(parts), nil
	}
	if err != nil {
		return out, err
	}
	ends, err := s.admin.LogEnds(ctx, parts)
	if err != nil {
		return out, err
	}
	for i, p := range parts {
		if err := cmp.Or(committed[i].Err, ends[i].Err); err != nil {
			s.found("check-failed", "", fmt.Sprintf("partition %s[%d]", p.Topic, p.ID), values{"reason": reasonOf(err)})
			continue
		}
		out.Partitions = append(out.Partitions, partitionOffset(committed[i], ends[i].Offset))
	}
	slices.SortFunc(out.Partitions, func(a, b PartitionOffset) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return out, nil
}

// partitionOffset reads the map beside a committed offset.
func partitionOffset(committed broker.Offset, end int64) PartitionOffset {
	p := PartitionOffset{Topic: committed.Topic, Partition: committed.ID, Committed: committed.Offset, End: end}
	if committed.Offset < 0 {
		p.Committed, p.Lag = -1, end
		return p
	}
	p.Lag = max(end-committed.Offset, 0)
	m, err := ledger.DecodeMap(committed.Metadata, committed.Offset)
	switch {
	case errors.Is(err, ledger.ErrNoMap):
		return p
	case err != nil:
		p.Doubt = err.Error()
		return p
	}
	p.Cut = m.Cut
	for _, r := range m.Done {
		p.Done = append(p.Done, Done{r.From, r.To - 1})
		p.Lag -= r.To - r.From
	}
	p.Lag = max(p.Lag, 0)
	return p
}

// mostRanges is how many ranges of a map are printed for people.
const mostRanges = 12

// Write prints o for people.
func (o Offsets) Write(w io.Writer) error {
	var b strings.Builder
	for _, g := range o.Groups {
		fmt.Fprintf(&b, "group %s on %s\n", g.Group, g.Brokers)
		for _, p := range g.Partitions {
			p.write(&b)
		}
	}
	for _, problem := range o.Problems {
		fmt.Fprintf(&b, "problem  %s\n", problem)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p PartitionOffset) write(b *strings.Builder) {
	at := fmt.Sprint(p.Committed)
	if p.Committed < 0 {
		at = "none"
	}
	fmt.Fprintf(b, "  %s[%d]  committed %s  end %d  lag %d\n", p.Topic, p.Partition, at, p.End, p.Lag)
	if p.Doubt != "" {
		fmt.Fprintf(b, "      %s\n", p.Doubt)
	}
	if len(p.Done) == 0 {
		return
	}
	var done int64
	names := make([]string, 0, mostRanges)
	for i, d := range p.Done {
		done += d.Last - d.First + 1
		if i < mostRanges {
			names = append(names, d.String())
		}
	}
	more := ""
	if n := len(p.Done) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more ranges", n)
	}
	if p.Cut {
		more += " (and more that the map could not hold)"
	}
	fmt.Fprintf(b, "      done above it: %d offsets: %s%s\n", done, strings.Join(names, ", "), more)
}

// String is "5" or "5-9".
func (d Done) String() string {
	if d.First == d.Last {
		return fmt.Sprint(d.First)
	}
	return fmt.Sprintf("%d-%d", d.First, d.Last)
}
