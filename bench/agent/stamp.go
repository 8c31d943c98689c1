//go:build unix

package agent

import "encoding/binary"

// A Stamped is what the first bytes of a value say: the conductor writes them, handlers read them.
type Stamped struct {
	Slow    bool // this record takes long
	SlowKey bool // its key has such records
	Sent    int64
	Number  uint32
}

// StampSize is how many bytes that takes.
const StampSize = 14

// Put writes s over the beginning of value.
func (s Stamped) Put(value []byte) {
	value[0], value[1] = bit(s.Slow), bit(s.SlowKey)
	binary.BigEndian.PutUint64(value[2:], uint64(s.Sent))
	binary.BigEndian.PutUint32(value[10:], s.Number)
}

// Stamp reads it back.
func Stamp(value []byte) Stamped {
	if len(value) < StampSize {
		return Stamped{}
	}
	return Stamped{
		value[0] == 1, value[1] == 1,
		int64(binary.BigEndian.Uint64(value[2:])), binary.BigEndian.Uint32(value[10:]),
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}
