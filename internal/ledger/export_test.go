package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// SmallRings makes rings small and lets them go soon, so that all schedules make them grow and shrink.
func SmallRings() { minRing, trimEvery = 4, 3 }

// A Booked is one slot as the model sees it.
type Booked struct {
	Offset  int64
	State   string
	Attempt int
}

var stateNames = [...]string{queued: "queued", running: "running", open: "open", waiting: "waiting", done: "done"}

// Book lists the slots from the lowest unsettled record on.
func (p *Partition) Book() []Booked {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Booked
	for seq := p.ring.head; seq < p.ring.tail; seq++ {
		s := p.ring.at(seq)
		out = append(out, Booked{s.offset, stateNames[s.state], int(s.attempt)})
	}
	return out
}

// Lots is how many arrays may still come back.
func (p *Partition) Lots() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lots)
}

// EndLotsEarly lets arrays come back when their first record is done.
func (p *Partition) EndLotsEarly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.lots {
		p.lots[i].end = p.ring.head + 1
	}
}

// Slots is the capacity of the ring.
func (p *Partition) Slots() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ring.slots)
}

// Payloads counts the records that the ring still refers to.
func (p *Partition) Payloads() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.ring.slots {
		if p.ring.slots[i].rec != nil {
			n++
		}
	}
	return n
}

// The rest plants bugs.

// TakePastRetries is Take by somebody who forgot that a redelivery holds its
// partition.
func (p *Partition) TakePastRetries(now time.Time, run *Run) bool {
	p.mu.Lock()
	hidden := p.retry
	p.retry = nil
	p.mu.Unlock()
	ok := p.Take(now, run)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retry = append(hidden, p.retry...)
	return ok
}

// ResumeAsleep is Resume by somebody who forgot to hand the partition out.
func (p *Partition) ResumeAsleep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = false
}

// YieldAsleep is Yield by somebody who forgot to hand the partition out.
func (p *Partition) YieldAsleep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane = laneIdle
}

// ReadyTwice hands a partition out, whoever may have it.
func (p *Partition) ReadyTwice() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane = laneIdle
	p.wake()
}

// ForgetDue makes the next trigger call Hooks.Due again.
func (p *Partition) ForgetDue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.queued = false
}

// ForgetChunks forgets where earlier chunks ended.
func (p *Partition) ForgetChunks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.before = unknown
	p.wake()
}

// Leak keeps bytes on the books.
func (p *Partition) Leak(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += n
}

// ResolveAll answers every waiter, whatever was committed.
func (p *Partition) ResolveAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resolve(noChunk, 0, nil)
}

// ConfirmAll takes the whole watermark for committed: the dirty flag that is a boolean.
func (p *Partition) ConfirmAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.committed = max(p.commit.committed, p.watermark())
}

// SealMap makes metadata of any body: with our tag and a right checksum.
func SealMap(body string) string {
	raw := binary.LittleEndian.AppendUint32([]byte(body), crc32.ChecksumIEEE([]byte(body)))
	return mapTag + base64.RawStdEncoding.EncodeToString(raw)
}

// Dues is how many redeliveries wait for the clock.
func (p *Partition) Dues() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.keys.dues)
}

// Counted is the watermark of somebody who counts records.
func (p *Partition) Counted() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commit.base + int64(p.ring.head)
}

// KeepAll counts a record too many in each lane of a stretch.
func (p *Partition) KeepAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.stretch.all {
		p.stretch.all[i].refs++
	}
}

// ForgetRebase lets the book forget that it began anew.
func (p *Partition) ForgetRebase() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.rebased = false
}

// DropClaim lets the new start go unclaimed.
func (p *Partition) DropClaim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.claim = p.commit.claim && !p.commit.rebased
}
