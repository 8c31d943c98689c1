package rdqueue

import (
	"math"
	"time"
	"unsafe"

	"github.com/hearken-go/hearken/listener"
)

// rec and hdr are hk_rec and hk_hdr of rdqueue.h, field by field.
type rec struct {
	rkt                        uintptr
	offset                     int64
	timestamp                  int64
	partition                  int32
	epoch                      int32
	err                        int32
	keyLen, valLen, headersLen int32
}

type hdr struct{ nameLen, valLen int32 }

const noTime = math.MinInt64

// A Batch is what one Take has brought. All its bytes are in one allocation,
// all its headers in another: who keeps one key keeps them all.
type Batch struct {
	recs []rec
	hdrs []hdr
	blob []byte

	n       int // of recs
	headers []listener.Header
	at      int // next record
	hdrAt   int
	byteAt  int
}

// begin makes room for n records with so many bytes and headers.
func (b *Batch) begin(n, bytes, headers int) {
	b.n, b.at, b.hdrAt, b.byteAt = n, 0, 0, 0
	b.blob, b.headers = nil, nil
	if n > 0 {
		b.blob = make([]byte, bytes)
	}
	b.hdrs = grown(b.hdrs[:cap(b.hdrs)], headers)
	if headers > 0 {
		b.headers = make([]listener.Header, headers)
	}
}

// Len returns how many records and errors are left.
func (b *Batch) Len() int { return b.n - b.at }

// A Head is where the next message of a batch comes from.
type Head struct {
	Topic     uintptr // see TopicName
	Partition int32
	Offset    int64
	Err       int // librdkafka's code; 0 for a record
}

// Head returns the next message's. Len must not be 0.
func (b *Batch) Head() Head {
	r := &b.recs[b.at]
	return Head{Topic: r.rkt, Partition: r.partition, Offset: r.offset, Err: int(r.err)}
}

// Error takes the next message, an error, and returns its text.
func (b *Batch) Error() string {
	r := &b.recs[b.at]
	b.at++
	b.bytes(r.keyLen)
	return string(b.bytes(r.valLen))
}

// Record takes the next message into r, all but the topic.
func (b *Batch) Record(r *listener.RawRecord) {
	m := &b.recs[b.at]
	b.at++
	r.Partition, r.Offset, r.LeaderEpoch = m.partition, m.offset, m.epoch
	if m.timestamp != noTime {
		r.Timestamp = time.UnixMilli(m.timestamp)
	}
	r.Key = b.bytes(m.keyLen)
	r.Value = b.bytes(m.valLen)
	if m.headersLen > 0 {
		r.Headers = b.list(int(m.headersLen))
	}
}

// Skip takes the next message and drops it.
func (b *Batch) Skip() {
	var r listener.RawRecord
	b.Record(&r)
}

// bytes takes the next n bytes; -1 is a null. What is appended to them never
// runs into the next.
func (b *Batch) bytes(n int32) []byte {
	if n < 0 {
		return nil
	}
	from := b.byteAt
	b.byteAt += int(n)
	return b.blob[from:b.byteAt:b.byteAt]
}

// list takes the next n headers.
func (b *Batch) list(n int) listener.Headers {
	from := b.hdrAt
	b.hdrAt += n
	out := b.headers[from:b.hdrAt:b.hdrAt]
	for i := range out {
		h := b.hdrs[from+i]
		name := b.bytes(h.nameLen)
		out[i] = listener.Header{Key: unsafe.String(unsafe.SliceData(name), len(name)), Value: b.bytes(h.valLen)}
	}
	return out
}
