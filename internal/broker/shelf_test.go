package broker

import (
	"reflect"
	"testing"
	"time"

	"github.com/hearken-go/hearken/listener"
)

func TestShelf(t *testing.T) {
	array := func(n int) []listener.RawRecord { return make([]listener.RawRecord, n) }
	same := func(a, b []listener.RawRecord) bool { return a != nil && b != nil && &a[:1][0] == &b[:1][0] }
	s := NewShelf(3)
	first, last, small := array(100), array(120), array(10)
	for _, recs := range [][]listener.RawRecord{array(100), first, small, last} { // the first of four is let go
		s.Put(recs)
	}
	if len(s.arrays) != 3 {
		t.Fatalf("%d lie where 3 may", len(s.arrays))
	}
	for _, n := range []int{300, 2, 121} {
		if got := s.take(n); got != nil {
			t.Errorf("for %d records: one for %d", n, cap(got))
		}
	}
	if got := s.take(100); !same(got, last) || len(got) != 0 {
		t.Error("not the last one, or not empty")
	}
	if !same(s.take(90), first) || s.take(90) != nil || !same(s.take(5), small) || s.take(5) != nil {
		t.Error("not each of those that fit, once")
	}
}

// TestShelfClears: all of an array, also what is beyond its length.
func TestShelfClears(t *testing.T) {
	recs := make([]listener.RawRecord, 5)
	for i := range recs {
		recs[i] = listener.RawRecord{
			Topic: "t", Partition: 1, LeaderEpoch: 1, Offset: 1, Timestamp: time.UnixMilli(1), Key: []byte{1}, Value: []byte{1},
			Headers: listener.Headers{{Key: "h"}}, Attempt: 7,
		}
	}
	s := NewShelf(1)
	s.Put(recs[:3])
	for c := (Chunk{Records: s.take(5)}); len(c.Records) < 5; {
		if r := c.next(); !reflect.DeepEqual(*r, listener.RawRecord{Attempt: 1}) {
			t.Errorf("record %d is %+v", len(c.Records)-1, *r)
		}
	}
}

// TestShelfLetsGo: what is not needed is gone after two looks, what goes round stays.
func TestShelfLetsGo(t *testing.T) {
	s := NewShelf(20)
	for range 20 {
		s.Put(make([]listener.RawRecord, 100))
	}
	for range lookEvery {
		a, b := s.take(100), s.take(100)
		if a == nil || b == nil {
			t.Fatal("one that goes round was let go")
		}
		s.Put(a)
		s.Put(b)
	}
	if n := len(s.arrays); n != 2 {
		t.Errorf("%d lie, of which 2 are needed", n)
	}
	for range 3 {
		s.Shed()
	}
	if len(s.arrays) != 0 {
		t.Error("some lie where nothing comes")
	}
	var none *Shelf
	none.Put(nil)
	none.Shed()
	if none.take(1) != nil {
		t.Error("nil has something")
	}
}
