package container_test

import (
	"testing"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
)

// A turmoilPlant is a bug, and the one check that has to find it; the zero
// plant is none, with all checks.
type turmoilPlant struct {
	check  string
	set    func(s *container.Spec)
	client func(p *planted)
	tx     *txPlant
}

// into plants the bug into e's clients.
func (b turmoilPlant) into(e *engine) {
	if b.client == nil {
		return
	}
	e.open = func(i int) (broker.Consumer, error) {
		c, err := e.newClient(i)
		if err != nil {
			return nil, err
		}
		p := &planted{client: c.(*client)}
		b.client(p)
		return p, nil
	}
}

func txBug(name string) *txPlant {
	p := txPlants[name]
	return &p
}

// mapsTooMuch commits maps that say of one record more that it is done.
func mapsTooMuch(p *planted) {
	p.commit = func(c *client, offsets []broker.Offset) ([]broker.Offset, error) {
		for i := range offsets {
			if m, err := ledger.DecodeMap(offsets[i].Metadata, offsets[i].Offset); err == nil {
				m.Done = append(m.Done, ledger.Range{From: m.End(), To: m.End() + 1})
				offsets[i].Metadata = m.Encode(4096)
			}
		}
		return c.Commit(offsets)
	}
}

var turmoilPlants = map[string]turmoilPlant{
	"keys that do not wait": {check: "beside", set: func(s *container.Spec) {
		if s.Ordering == spec.OrderKey {
			s.Ordering = spec.OrderNone
		}
	}},
	"commits one too many":             {check: "gap", client: plants["commits one too many"]},
	"maps that say too much":           {check: "map", client: mapsTooMuch},
	"a record that is never delivered": {check: "done", client: plants["drops a record"]},
	"commits that are not sent":        {check: "end", client: plants["says committed and does not"]},
	"a commit that counts as an abort": {check: "once", tx: txBug("commits where it should abort")},
	"sends that slip into the next":    {check: "sent", tx: txBug("commit without waiting for sends")},
	"an abort that commits offsets":    {check: "sent", tx: txBug("no rollback: offsets go on over what was aborted")},
}

func TestTurmoilFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	for name, plant := range turmoilPlants {
		t.Run(plant.check+"/"+name, func(t *testing.T) {
			requireFault(t, fewRuns, func(seed uint64) []string { return inTurmoil(t, seed, plant).faults })
		})
	}
}
