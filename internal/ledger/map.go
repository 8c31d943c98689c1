package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
)

// MaxMetadata is the longest commit metadata that is written or read.
const MaxMetadata = 16384

// mapTag begins the metadata of a commit that carries a map: format 1.
const mapTag = "hk1:"

// The flags of a map.
const (
	mapBits byte = 1 << iota // the body is a bitset, else run lengths
	mapCut                   // more was done than fitted
)

// A Range is the offsets [From, To).
type Range struct{ From, To int64 }

// A Map says which records above a group's committed offset are done. It
// travels in the commit's metadata, so that the partition's next owner does not
// run them again. Positions are offsets: sequence numbers would shift when the
// log is compacted between two owners.
type Map struct {
	Base  int64 // the committed offset that it stands beside; itself not done
	Epoch int32 // leader epoch of the highest done record, -1 when unknown
	Cut   bool  // what was done above its last range did not fit
	Done  []Range
}

// End is the offset from which on the map knows nothing.
func (m *Map) End() int64 {
	if len(m.Done) == 0 {
		return m.Base
	}
	return m.Done[len(m.Done)-1].To
}

// Encode writes m in at most budget characters, all ASCII: all of it, else the
// longest prefix that fits, and "" where nothing does. The ranges of m ascend,
// do not touch, and begin above Base.
func (m *Map) Encode(budget int) string {
	room := (min(budget, MaxMetadata)-len(mapTag))*3/4 - m.headLen()
	if len(m.Done) == 0 || room <= 0 {
		return ""
	}
	body, end := m.runs(room)
	flags := byte(0)
	if bits, bitsEnd := m.bits(room, end, len(body)); bits != nil {
		body, end, flags = bits, bitsEnd, mapBits
	}
	if end == m.Base {
		return ""
	}
	if m.Cut || end < m.End() {
		flags |= mapCut
	}
	out := append(make([]byte, 0, m.headLen()+len(body)), flags)
	out = binary.AppendUvarint(out, uint64(m.Base))
	out = binary.AppendUvarint(out, uint64(end-m.Base))
	out = binary.AppendVarint(out, int64(m.Epoch))
	out = append(out, body...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	return mapTag + base64.RawStdEncoding.EncodeToString(out)
}

// headLen is what all but the body takes at most.
func (m *Map) headLen() int {
	var buf [binary.MaxVarintLen64]byte
	n := 1 + binary.PutUvarint(buf[:], uint64(m.Base)) + binary.PutUvarint(buf[:], uint64(m.End()-m.Base))
	return n + binary.PutVarint(buf[:], int64(m.Epoch)) + crc32.Size
}

// runs writes run lengths, not done and done in turns, as many as fit.
func (m *Map) runs(room int) (body []byte, end int64) {
	end = m.Base
	for _, r := range m.Done {
		longer := binary.AppendUvarint(body, uint64(r.From-end))
		longer = binary.AppendUvarint(longer, uint64(r.To-r.From))
		if len(longer) > room {
			break
		}
		body, end = longer, r.To
	}
	return body, end
}

// bits writes a bitset, of which the first bit is Base+1, where that reaches
// further than end, or as far in less than size bytes; else it returns nil.
func (m *Map) bits(room int, end int64, size int) (body []byte, reach int64) {
	most := m.Base + 1 + 8*int64(room)
	reach = m.Base
	for _, r := range m.Done {
		if r.From >= most {
			break
		}
		reach = min(r.To, most)
	}
	n := int((reach - m.Base + 6) / 8)
	if reach < end || reach == end && n >= size {
		return nil, 0
	}
	body = make([]byte, n)
	for _, r := range m.Done {
		for o := r.From; o < min(r.To, reach); o++ {
			i := o - m.Base - 1
			body[i/8] |= 1 << (i % 8)
		}
	}
	return body, reach
}

// ErrNoMap: the metadata holds no map.
var ErrNoMap = errors.New("the commit's metadata holds no map")

// A MapError says why a map is not believed: then nothing counts as done.
type MapError struct{ Reason string }

// Error says why.
func (e *MapError) Error() string {
	return "the map in the commit's metadata is not used, so that nothing above the offset counts as done: " + e.Reason
}

// DecodeMap reads the map that stands beside the committed offset base. It
// answers ErrNoMap for empty metadata and a *MapError on any doubt: a map that
// is believed wrongly loses records, one that is not makes some run twice. It
// allocates less than a hundred times the length of what it reads.
func DecodeMap(metadata string, base int64) (*Map, error) {
	if metadata == "" {
		return nil, ErrNoMap
	}
	text, ours := strings.CutPrefix(metadata, mapTag)
	if !ours {
		return nil, &MapError{"it was written by something else, or by another version"}
	}
	if len(metadata) > MaxMetadata {
		return nil, &MapError{"it is too long"}
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= crc32.Size {
		return nil, &MapError{"it is damaged"}
	}
	body := raw[:len(raw)-crc32.Size]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(raw[len(body):]) {
		return nil, &MapError{"its checksum is wrong"}
	}
	return decodeHead(body, base)
}

func decodeHead(in []byte, base int64) (*Map, error) {
	flags, r := in[0], reader{rest: in[1:]}
	echo, span := r.uvarint(), r.uvarint()
	epoch, n := binary.Varint(r.rest)
	switch {
	case r.bad || n <= 0 || flags&^(mapBits|mapCut) != 0 || epoch < -1 || epoch > math.MaxInt32:
		return nil, &MapError{"it is malformed"}
	case echo != base:
		return nil, &MapError{"it belongs to another offset"}
	case span <= 0 || span > math.MaxInt64-base:
		return nil, &MapError{"its range is impossible"}
	}
	m := &Map{Base: base, Epoch: int32(epoch), Cut: flags&mapCut != 0}
	r.rest = r.rest[n:]
	ok := false
	if flags&mapBits != 0 {
		ok = m.readBits(r.rest, span)
	} else {
		ok = m.readRuns(&r, span)
	}
	if !ok {
		return nil, &MapError{"its body does not fit its range"}
	}
	return m, nil
}

// readRuns reads run lengths that have to add up to span.
func (m *Map) readRuns(r *reader, span int64) bool {
	m.Done = make([]Range, 0, (len(r.rest)+1)/2)
	for at, end := m.Base, m.Base+span; at < end; {
		gap, done := r.uvarint(), r.uvarint()
		if r.bad || gap <= 0 || done <= 0 || gap > end-at || done > end-at-gap {
			return false
		}
		m.Done = append(m.Done, Range{at + gap, at + gap + done})
		at += gap + done
	}
	return len(r.rest) == 0
}

// readBits reads a bitset whose last bit has to be the end of span.
func (m *Map) readBits(body []byte, span int64) bool {
	if bits := span - 1; bits <= 0 || (bits+7)/8 != int64(len(body)) || body[(bits-1)/8]>>((bits-1)%8) != 1 {
		return false
	}
	from := int64(-1)
	for i := int64(0); i < span; i++ {
		switch set := i < span-1 && body[i/8]>>(i%8)&1 == 1; {
		case set && from < 0:
			from = i
		case !set && from >= 0:
			m.Done = append(m.Done, Range{m.Base + 1 + from, m.Base + 1 + i})
			from = -1
		}
	}
	return true
}

// A reader takes varints off its rest. It is bad once one was none, or too large.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() int64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > math.MaxInt64 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return int64(v)
}
