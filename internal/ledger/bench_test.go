package ledger_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// quiet is hooks that nobody listens to.
type quiet struct{}

func (quiet) Ready(*ledger.Partition)             {}
func (quiet) WakeAt(*ledger.Partition, time.Time) {}
func (quiet) Due(*ledger.Partition)               {}
func (quiet) Marked(*ledger.Partition, int)       {}
func (quiet) Freed(*ledger.Partition)             {}

// A mill takes chunk after chunk through a book.
type mill struct {
	p    *ledger.Partition
	recs []listener.RawRecord
	run  ledger.Run
	next int64
	now  time.Time
	all  int // keys, where records have one
}

func newMill(rules ledger.Rules, chunk int) *mill {
	rules.Window, rules.Bytes, rules.Slots = 1<<16, 1<<30, 1<<20
	p := ledger.New("orders", 3, 7, ledger.Start{Offset: 0}, rules, quiet{})
	return &mill{p: p, recs: make([]listener.RawRecord, chunk), now: time.Now()}
}

// book books a chunk.
func (m *mill) book() {
	for i := range m.recs {
		m.recs[i].Offset = m.next
		if m.all > 0 {
			binary.BigEndian.PutUint64(m.recs[i].Key, uint64(m.next)%uint64(m.all))
		}
		m.next++
	}
	if _, err := m.p.Track(m.recs); err != nil {
		panic(err)
	}
}

// turn books a chunk, runs it to its end, and commits what is due.
func (m *mill) turn() {
	m.book()
	for range m.recs {
		for !m.p.Take(m.now, &m.run) {
			m.commit()
		}
		m.p.Finish(&m.run, ledger.Finish{Mark: true}, m.now)
		if m.run.Closes {
			break
		}
	}
	m.commit()
}

func (m *mill) commit() {
	if offset, ok := m.p.Snapshot(); ok {
		m.p.Confirmed(offset)
	}
}

var mills = []struct {
	name  string
	rules ledger.Rules
}{
	{"RECORD", recordMode},
	{"BATCH", batchMode},
	{"COUNT", countMode},
	{"BATCH, batch listener", ledger.Rules{When: batchMode.When, Batch: true}},
}

// In steady state a record costs no allocation.
func TestARecordCostsNoAllocation(t *testing.T) {
	for _, tt := range mills {
		m := newMill(tt.rules, 500)
		m.turn()
		perChunk := testing.AllocsPerRun(50, m.turn)
		require.Zero(t, perChunk, tt.name)
	}
}

// BenchmarkRecord is Track + Take + Finish of one record, in chunks of 500.
func BenchmarkRecord(b *testing.B) {
	for _, bb := range mills {
		b.Run(bb.name, func(b *testing.B) {
			m := newMill(bb.rules, 500)
			b.ReportAllocs()
			for i := 0; i < b.N; i += len(m.recs) {
				m.turn()
			}
		})
	}
}

// BenchmarkAck is Track + Take + Finish + Ack, with that many records between
// the return of a handler and its acknowledgment.
func BenchmarkAck(b *testing.B) {
	for name, behind := range map[string]int{"1 behind": 1, "256 behind": 256, "4096 behind": 4096} {
		b.Run(name, func(b *testing.B) {
			m := newMill(manual, 1)
			open := make([]ledger.Ticket, behind)
			b.ReportAllocs()
			for i := range b.N {
				if k := &open[i%behind]; k.Serial > 0 {
					if err := m.p.Ack(k, 1); err != nil {
						b.Fatal(err)
					}
				}
				m.leave()
				open[i%behind] = ledger.Ticket{From: m.run.From, To: m.run.To, Serial: m.run.Serial}
			}
		})
	}
}

// leave books a record, and leaves it open.
func (m *mill) leave() {
	m.book()
	for !m.p.Take(m.now, &m.run) {
		m.commit()
	}
	m.p.Finish(&m.run, ledger.Finish{}, m.now)
	m.commit()
}

// BenchmarkRedelivery is one failure and one redelivery per record.
func BenchmarkRedelivery(b *testing.B) {
	m := newMill(batchMode, 1)
	b.ReportAllocs()
	for range b.N {
		m.recs[0].Offset = m.next
		m.next++
		if _, err := m.p.Track(m.recs); err != nil {
			b.Fatal(err)
		}
		for _, f := range []ledger.Finish{{Again: true, Fail: true}, {Mark: true}} {
			for !m.p.Take(m.now, &m.run) {
				m.commit()
			}
			m.p.Finish(&m.run, f, m.now)
		}
		m.commit()
	}
}

// BenchmarkLateGap is an ack that lets the watermark slide over 100 000 records.
func BenchmarkLateGap(b *testing.B) {
	const records = 100_000
	for range b.N {
		b.StopTimer()
		m := newMill(countMode, 1)
		var first ledger.Ticket
		for i := range records {
			m.leave()
			k := ledger.Ticket{From: m.run.From, To: m.run.To, Serial: m.run.Serial}
			if i == 0 {
				first = k
			} else if err := m.p.Ack(&k, 1); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := m.p.Ack(&first, 1); err != nil {
			b.Fatal(err)
		}
	}
}

type keyedMill struct {
	name  string
	rules ledger.Rules
	keys  int
}

// keyedMills are mills with lanes, over some keys.
var keyedMills = []keyedMill{
	{"1000 keys", ledger.Rules{When: batchMode.When, Order: ledger.ByKey}, 1000},
	{"1000 keys with a map", ledger.Rules{When: batchMode.When, Order: ledger.ByKey, Map: 4096}, 1000},
	{"a million keys", ledger.Rules{When: batchMode.When, Order: ledger.ByKey}, 1 << 20},
	{"unordered", ledger.Rules{When: batchMode.When, Order: ledger.Unordered}, 1000},
}

func (m *mill) keyed(keys int) *mill {
	for i := range m.recs {
		m.recs[i].Key = binary.BigEndian.AppendUint64(nil, uint64(i%keys))
	}
	m.all = keys
	return m
}

// In steady state a record costs no allocation, its key included.
func TestAKeyCostsNoAllocation(t *testing.T) {
	for _, tt := range keyedMills[:2] {
		m := newMill(tt.rules, 500).keyed(tt.keys)
		m.turn()
		require.Zero(t, testing.AllocsPerRun(50, m.turn), tt.name)
	}
}

// BenchmarkKeyed is Track + Take + Finish of one record, in chunks of 500.
func BenchmarkKeyed(b *testing.B) {
	for _, bb := range keyedMills {
		b.Run(bb.name, func(b *testing.B) {
			m := newMill(bb.rules, 500).keyed(bb.keys)
			b.ReportAllocs()
			for i := 0; i < b.N; i += len(m.recs) {
				m.turn()
			}
		})
	}
}

// BenchmarkAdvance is Track + Advance of one record, as a worker has it that stays, in chunks of 500.
func BenchmarkAdvance(b *testing.B) {
	for _, bb := range mills[:3] {
		b.Run(bb.name, func(b *testing.B) {
			m := newMill(bb.rules, 500)
			b.ReportAllocs()
			for i := 0; i < b.N; i += len(m.recs) {
				m.stay()
			}
		})
	}
}

// stay is turn by a worker that stays with the partition.
func (m *mill) stay() {
	m.book()
	well := ledger.Finish{Mark: true, Plain: true}
	for m.p.Take(m.now, &m.run); !m.run.Closes; {
		if !m.p.Advance(&m.run, &well, m.now) {
			m.commit()
			m.p.Next(m.now, &m.run)
		}
	}
	m.p.Finish(&m.run, well, m.now)
	m.p.Yield()
	m.commit()
}
