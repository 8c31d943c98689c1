package rdqueue

/*
#include "rdqueue.h"

#cgo noescape hk_pop
#cgo noescape hk_fill
#cgo noescape hk_lengths
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The Go half's structs are the C half's: else this does not compile.
var (
	_ [C.sizeof_hk_rec]byte                    = [unsafe.Sizeof(rec{})]byte{}
	_ [C.sizeof_hk_hdr]byte                    = [unsafe.Sizeof(hdr{})]byte{}
	_ [unsafe.Offsetof(C.hk_rec{}.err)]byte    = [unsafe.Offsetof(rec{}.err)]byte{}
	_ [unsafe.Offsetof(C.hk_rec{}.offset)]byte = [unsafe.Offsetof(rec{}.offset)]byte{}
)

// A Reader reads the partition queues of one client.
type Reader struct {
	rk   *C.rd_kafka_t
	main *C.rd_kafka_queue_t // the client's own, for its events
	wake *wake
	// plugged: a plugin's interceptor may put headers, or a value of its own, into a
	// message before we see it.
	plugged bool

	batch   Batch // reused
	queues  []C.uintptr_t
	lengths []C.uint32_t
}

// A Queue holds the fetched messages of one partition, or of those that share it.
type Queue struct {
	q      *C.rd_kafka_queue_t
	b      *C.hk_batch
	single bool // one by one: nothing may stay in b
}

// Attach checks that c is what this package knows, and returns a Reader of it.
// Nothing of c has changed when it fails.
func Attach(c *kafka.Consumer) (*Reader, error) {
	rk, err := client(c)
	if err != nil {
		return nil, err
	}
	if t := C.rd_kafka_type(rk); t != 1 { // RD_KAFKA_CONSUMER
		return nil, fmt.Errorf("the client's handle is of type %d, not a consumer's", int(t))
	}
	w, err := newWake()
	if err != nil {
		return nil, err
	}
	r := &Reader{rk: rk, main: C.rd_kafka_queue_get_consumer(rk), wake: w}
	if r.main == nil {
		w.close()
		return nil, fmt.Errorf("the client has no consumer queue")
	}
	r.plugged = r.has("plugin.library.paths")
	r.notify(r.main)
	return r, nil
}

// client returns c's handle, checked.
func client(c fmt.Stringer) (*C.rd_kafka_t, error) {
	p, err := handle(c)
	if err != nil {
		return nil, err
	}
	if err := known(int(C.rd_kafka_version())); err != nil {
		return nil, err
	}
	rk := (*C.rd_kafka_t)(p)
	if name := C.GoString(C.rd_kafka_name(rk)); name != c.String() {
		return nil, fmt.Errorf("the client's handle is called %q, not %q", name, c.String())
	}
	return rk, nil
}

// notify lets q write to the descriptor.
func (r *Reader) notify(q *C.rd_kafka_queue_t) {
	C.hk_notify(q, C.int(r.wake.fd))
}

func quiet(q *C.rd_kafka_queue_t) { C.hk_quiet(q) }

// Split gives the partition a queue of its own, from now until Drop. Call it
// before the partition is assigned. It returns nil where the client has none.
func (r *Reader) Split(topic string, id int32) *Queue {
	q := r.partition(topic, id)
	if q == nil {
		return nil
	}
	C.rd_kafka_queue_forward(q, nil)
	r.notify(q)
	return &Queue{q: q}
}

// Shared makes a queue that several partitions can be forwarded to.
func (r *Reader) Shared() *Queue {
	q := C.rd_kafka_queue_new(r.rk)
	r.notify(q)
	return &Queue{q: q, single: true}
}

// Forward lets the partition's messages arrive in to, until it is given back.
// It reports false where the client has no queue for it.
func (r *Reader) Forward(topic string, id int32, to *Queue) bool {
	q := r.partition(topic, id)
	if q == nil {
		return false
	}
	C.rd_kafka_queue_forward(q, to.q)
	C.rd_kafka_queue_destroy(q) // the reference, not the queue
	return true
}

func (r *Reader) partition(topic string, id int32) *C.rd_kafka_queue_t {
	name := C.CString(topic)
	defer C.free(unsafe.Pointer(name))
	return C.rd_kafka_queue_get_partition(r.rk, name, C.int32_t(id))
}

// Drop gives q up, with all that is left in it.
func (r *Reader) Drop(q *Queue) {
	r.Forget(q)
	if q.b != nil {
		C.hk_batch_free(q.b)
		q.b = nil
	}
	quiet(q.q)
	C.rd_kafka_queue_destroy(q.q)
	q.q = nil
}

// Forget destroys what was popped and not taken: it belongs to a position that was left.
func (r *Reader) Forget(q *Queue) {
	if q.b != nil {
		C.hk_batch_drop(q.b, q.b.n-q.b.at)
	}
}

// Singly lets Take pop one by one, or many at once. One by one is slower, leaves
// nothing behind, and is the only way to hear that a partition does not exist.
func (q *Queue) Singly(on bool) { q.single = on }

// Left returns how many messages were popped and not taken.
func (q *Queue) Left() int {
	if q.b == nil {
		return 0
	}
	return int(q.b.n - q.b.at)
}

// Lengths reports for each queue whether there is something to take.
func (r *Reader) Lengths(queues []*Queue, ready []bool) {
	if len(queues) == 0 {
		return
	}
	r.queues, r.lengths = r.queues[:0], grown(r.lengths, len(queues))
	for _, q := range queues {
		r.queues = append(r.queues, C.uintptr_t(uintptr(unsafe.Pointer(q.q))))
	}
	C.hk_lengths(unsafe.SliceData(r.queues), unsafe.SliceData(r.lengths), C.size_t(len(queues)))
	for i, q := range queues {
		ready[i] = r.lengths[i] > 0 || q.Left() > 0
	}
}

// largest is how many messages a call takes at most.
const largest = 16384

// Take takes up to records messages of q, the last of which begins below bytes
// of keys and values; less where that is more than a piece (16 KB, 768 headers).
// It never waits. The Batch is valid until the next Take; the bytes that it gives out
// stay. They share one allocation: who keeps one key or value keeps its piece.
func (r *Reader) Take(q *Queue, records, bytes int) *Batch {
	records = min(records, largest)
	q.reserve(records)
	b := &r.batch
	b.recs = grown(b.recs[:cap(b.recs)], records)
	how := C.int(0)
	if q.single {
		how = C.HK_SINGLE
	}
	if r.plugged {
		how |= C.HK_ASK
	}
	var need C.hk_need
	recs := (*C.hk_rec)(unsafe.Pointer(unsafe.SliceData(b.recs)))
	n := C.hk_pop(q.q, q.b, C.size_t(records), C.int64_t(bytes), how, recs, &need)
	b.begin(int(n), int(need.bytes), int(need.headers))
	if n > 0 {
		C.hk_fill(q.b, n, recs, (*C.uchar)(unsafe.Pointer(unsafe.SliceData(b.blob))), (*C.hk_hdr)(unsafe.Pointer(unsafe.SliceData(b.hdrs))))
	}
	return b
}

// reserve makes room for records messages; what is left over is kept.
func (q *Queue) reserve(records int) {
	if q.b != nil && (int(q.b.cap) >= records || q.Left() > 0) {
		return
	}
	if q.b != nil {
		C.hk_batch_free(q.b)
	}
	if q.b = C.hk_batch_new(C.size_t(records)); q.b == nil {
		panic("rdqueue: out of memory")
	}
}

// TopicName returns the name behind a record's topic handle.
func TopicName(rkt uintptr) string {
	return C.GoString(C.hk_topic_name(C.uintptr_t(rkt)))
}

// Wait waits until something may have come, Wake was called, or d has passed.
func (r *Reader) Wait(d time.Duration) { r.wake.wait(d) }

// Wake ends a Wait, also the next one. It is safe from any goroutine, also after Close.
func (r *Reader) Wake() { r.wake.wake() }

// Quit stops the client's events from waking anybody. Call it before the client
// is closed.
func (r *Reader) Quit() {
	if r.main != nil {
		quiet(r.main)
		C.rd_kafka_queue_destroy(r.main)
		r.main = nil
	}
}

// Close frees the descriptor. All queues must have been dropped.
func (r *Reader) Close() { r.wake.close() }

// grown returns s with n elements, old or new.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
