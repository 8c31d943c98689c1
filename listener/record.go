package listener

import "time"

// A Header is one header of a record. Keys may repeat; a nil Value is a null.
type Header struct {
	Key   string
	Value []byte
}

// Headers are a record's headers in their order on the wire.
type Headers []Header

// Get returns the value of the last header named key, and whether there is one.
func (h Headers) Get(key string) ([]byte, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].Key == key {
			return h[i].Value, true
		}
	}
	return nil, false
}

// A RawRecord is a record as the broker delivered it, before any codec. Its
// bytes are shared, with the strings that were decoded from them as well: read
// them, never write to them. What is kept of a record keeps its memory, with the
// queue reader also that of its neighbours (16 KiB): clone a key that you keep for long.
type RawRecord struct {
	Topic       string
	Partition   int32
	LeaderEpoch int32 // -1 when unknown
	Offset      int64
	Timestamp   time.Time
	Key         []byte // nil is a null key, which is not an empty one
	Value       []byte // nil is a tombstone
	Headers     Headers
	Attempt     int // 1 at the first delivery, set by the container before each
}

// A KeyedRecord is what a handler receives: one record, decoded.
type KeyedRecord[K, V any] struct {
	Topic       string
	Partition   int32
	Offset      int64
	Key         K
	Value       V
	Headers     Headers
	Timestamp   time.Time
	Attempt     int   // 1 at the first delivery in this process, then 2, 3 …
	LeaderEpoch int32 // -1 when unknown
	NullKey     bool  // the record has no key; Key is the zero K
	Tombstone   bool  // the record has no value; Value is the zero V
}

// Record is a KeyedRecord whose key is a string, as most are.
type Record[V any] = KeyedRecord[string, V]
