package container_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
)

// A planted is a client with a bug: what the simulation does not find in
// these, it would not find in the engine either.
type planted struct {
	*client
	commit   func(c *client, offsets []broker.Offset) ([]broker.Offset, error)
	next     func(turn *broker.Turn)
	assigned func(as []broker.Assignment)
	seek     func(to broker.Offset) (broker.Offset, bool)
	deaf     bool // revokes are not passed on
	owner    broker.Owner
	last     []broker.Offset
}

// Commit implements broker.Consumer.
func (p *planted) Commit(offsets []broker.Offset) ([]broker.Offset, error) {
	if p.commit == nil {
		return p.client.Commit(offsets)
	}
	return p.commit(p.client, offsets)
}

// Next implements broker.Consumer.
func (p *planted) Next(limits broker.Limits, turn *broker.Turn) {
	p.client.Next(limits, turn)
	if p.next != nil {
		p.next(turn)
	}
}

// Seek implements broker.Consumer.
func (p *planted) Seek(to broker.Offset, epoch uint64) error {
	if p.seek != nil {
		var moves bool
		if to, moves = p.seek(to); !moves {
			return nil
		}
	}
	return p.client.Seek(to, epoch)
}

// Subscribe implements broker.Consumer.
func (p *planted) Subscribe(topics []string, owner broker.Owner) error {
	p.owner = owner
	return p.client.Subscribe(topics, p)
}

// Assigned implements broker.Owner.
func (p *planted) Assigned(parts []broker.Partition) []broker.Assignment {
	as := p.owner.Assigned(parts)
	if p.assigned != nil {
		p.assigned(as)
	}
	return as
}

// Revoked implements broker.Owner.
func (p *planted) Revoked(parts []broker.Partition) {
	if !p.deaf {
		p.owner.Revoked(parts)
	}
}

// Lost implements broker.Owner.
func (p *planted) Lost(parts []broker.Partition) { p.owner.Lost(parts) }

var plants = map[string]func(p *planted){
	"commits one too many": func(p *planted) {
		p.commit = func(c *client, offsets []broker.Offset) ([]broker.Offset, error) {
			for i := range offsets {
				offsets[i].Offset++
			}
			return c.Commit(offsets)
		}
	},
	"says committed and does not": func(p *planted) {
		p.commit = func(_ *client, offsets []broker.Offset) ([]broker.Offset, error) { return offsets, nil }
	},
	"sends an old commit again": func(p *planted) {
		p.commit = func(c *client, offsets []broker.Offset) ([]broker.Offset, error) {
			res, err := c.Commit(offsets)
			old := p.last
			p.last = append([]broker.Offset(nil), offsets...)
			if len(old) > 0 {
				_, _ = c.Commit(old)
			}
			return res, err
		}
	},
	"drops a record": func(p *planted) {
		p.next = func(turn *broker.Turn) {
			for i, ch := range turn.Chunks {
				if len(ch.Records) > 2 && ch.Records[0].Offset > 20 {
					turn.Chunks[i].Records = ch.Records[1:]
				}
			}
		}
	},
	"delivers in the wrong order": func(p *planted) {
		p.next = func(turn *broker.Turn) {
			for _, ch := range turn.Chunks {
				if n := len(ch.Records); n > 1 && rand.N(4) == 0 {
					ch.Records[0], ch.Records[n-1] = ch.Records[n-1], ch.Records[0]
				}
			}
		}
	},
	"starts below the commit": func(p *planted) {
		p.assigned = func(as []broker.Assignment) {
			for i := range as {
				as[i].Start.Offset = max(as[i].Start.Offset-2, broker.Beginning)
			}
		}
	},
	"skips at the start": func(p *planted) {
		p.assigned = func(as []broker.Assignment) {
			for i := range as {
				if as[i].Start.Offset > 0 {
					as[i].Start.Offset++
				}
			}
		}
	},
	"seeks too far": func(p *planted) {
		p.seek = func(to broker.Offset) (broker.Offset, bool) { to.Offset = max(to.Offset, 0) + 1; return to, true }
	},
	"forgets a seek": func(p *planted) {
		p.seek = func(to broker.Offset) (broker.Offset, bool) { return to, false }
	},
	"keeps what was revoked": func(p *planted) { p.deaf = true },
}

func TestSimulationFindsPlantedBugs(t *testing.T) {
	for name, bug := range plants {
		t.Run(name, func(t *testing.T) {
			requireFault(t, fewRuns, func(uint64) []string {
				return simulate(t, rand.Uint64(), func(c *client) broker.Consumer {
					p := &planted{client: c}
					bug(p)
					return p
				})
			})
		})
	}
}

// fewRuns is for plants that are found soon: the most that were needed in 340 cases
// is six; ten times as many and none means that nothing would find it.
const fewRuns = 60

// requireFault plays until a fault is found, so many runs at most. What a run draws
// depends on the order of goroutines too, whatever its seed: one alone often shows none.
func requireFault(t *testing.T, runs uint64, play func(seed uint64) (faults []string)) {
	t.Helper()
	for seed := range runs {
		if faults := play(seed); len(faults) > 0 {
			t.Logf("run %d: %s", seed, faults[0])
			return
		}
	}
	require.Failf(t, "not found", "%d runs have not found it", runs)
}
