package rdqueue

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A packer is the C half in Go: what hk_describe and hk_fill write.
type packer struct {
	recs []rec
	hdrs []hdr
	blob []byte
}

func (p *packer) bytes(b []byte) int32 {
	if b == nil {
		return -1
	}
	p.blob = append(p.blob, b...)
	return int32(len(b))
}

func (p *packer) add(r listener.RawRecord) {
	m := rec{offset: r.Offset, partition: r.Partition, epoch: r.LeaderEpoch, timestamp: noTime}
	if !r.Timestamp.IsZero() {
		m.timestamp = r.Timestamp.UnixMilli()
	}
	m.keyLen, m.valLen = p.bytes(r.Key), p.bytes(r.Value)
	for _, h := range r.Headers {
		p.hdrs = append(p.hdrs, hdr{p.bytes([]byte(h.Key)), p.bytes(h.Value)})
		m.headersLen++
	}
	p.recs = append(p.recs, m)
}

func (p *packer) fault(code int32, text string) {
	p.recs = append(p.recs, rec{err: code, keyLen: -1, valLen: p.bytes([]byte(text))})
}

// batch hands over what was packed as Take does.
func (p *packer) batch() *Batch {
	b := &Batch{recs: p.recs}
	b.begin(len(p.recs), len(p.blob), len(p.hdrs))
	copy(b.blob, p.blob)
	copy(b.hdrs, p.hdrs)
	return b
}

// FuzzBatch: what was packed comes out, whatever it is, and appending to one
// field changes no other.
func FuzzBatch(f *testing.F) {
	f.Add([]byte("keyvaluename"), uint64(0x1234567), int64(5), int64(1_600_000_000_123))
	f.Add([]byte{}, uint64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, shape uint64, offset, stamp int64) {
		var p packer
		var want []listener.RawRecord
		next := func() []byte { // nil, empty, or some of data
			kind := shape % 5
			shape = shape/5 ^ uint64(len(data))<<3
			switch {
			case kind == 0:
				return nil
			case kind == 1 || len(data) == 0:
				return []byte{}
			}
			n := min(int(kind)*3, len(data))
			out := data[:n:n]
			data = data[n:]
			return out
		}
		for i := range int32(shape%7 + 1) {
			r := listener.RawRecord{Partition: i, Offset: offset + int64(i), LeaderEpoch: i - 1, Key: next(), Value: next()}
			if stamp %= 1 << 40; stamp != 0 {
				r.Timestamp = time.UnixMilli(stamp)
			}
			for range shape % 4 {
				r.Headers = append(r.Headers, listener.Header{Key: string(next()), Value: next()})
			}
			want = append(want, r)
			p.add(r)
			if shape%3 == 0 {
				p.fault(7, "no\x00t")
			}
		}
		b := p.batch()
		var got []listener.RawRecord
		for b.Len() > 0 {
			if h := b.Head(); h.Err != 0 {
				if text := b.Error(); h.Err != 7 || text != "no\x00t" {
					t.Fatalf("an error came as %d %q", h.Err, text)
				}
				continue
			}
			got = append(got, listener.RawRecord{})
			b.Record(&got[len(got)-1])
		}
		for i := range got {
			for _, field := range [][]byte{got[i].Key, got[i].Value} {
				_ = append(field, "overwritten"...)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
	})
}

func TestSkipKeepsTheRest(t *testing.T) {
	var p packer
	p.add(listener.RawRecord{Key: []byte("a"), Value: []byte("b"), Headers: listener.Headers{{Key: "h", Value: []byte("v")}}})
	p.add(listener.RawRecord{Offset: 1, Key: []byte("c"), Headers: listener.Headers{{Key: "i"}}})
	b := p.batch()
	b.Skip()
	var r listener.RawRecord
	b.Record(&r)
	if b.Len() != 0 || !bytes.Equal(r.Key, []byte("c")) || r.Value != nil || r.Headers[0].Key != "i" || r.Headers[0].Value != nil {
		t.Errorf("%+v, %d left", r, b.Len())
	}
}

// A batch costs its blob, and one slice where there are headers.
func TestBatchAllocations(t *testing.T) {
	var plain, headed packer
	for i := range 500 {
		r := listener.RawRecord{Offset: int64(i), Key: []byte("key"), Value: make([]byte, 100), Timestamp: time.UnixMilli(1)}
		plain.add(r)
		r.Headers = listener.Headers{{Key: "a", Value: []byte("1")}, {Key: "b"}}
		headed.add(r)
	}
	for what, c := range map[string]struct {
		p    *packer
		want float64
	}{"plain": {&plain, 1}, "with headers": {&headed, 2}} {
		b := c.p.batch()
		out := make([]listener.RawRecord, 500)
		if got := testing.AllocsPerRun(20, func() {
			b.recs = c.p.recs
			b.begin(len(c.p.recs), len(c.p.blob), len(c.p.hdrs))
			copy(b.blob, c.p.blob)
			copy(b.hdrs, c.p.hdrs)
			for i := range out {
				b.Record(&out[i])
			}
		}); got > c.want {
			t.Errorf("%s: %v allocations for 500 records, want %v", what, got, c.want)
		}
	}
}
