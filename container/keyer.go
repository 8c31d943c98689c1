package container

import (
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A keyer asks the user's function for the ordering keys of a chunk. It does so
// on a goroutine of its own: the loop has to outlive whatever that does.
type keyer struct{ f listener.OrderKey }

// newKeyer returns nil where the records' own keys count.
func newKeyer(s *Spec) *keyer {
	if s.OrderKey == nil || s.Ordering != spec.OrderKey {
		return nil
	}
	return &keyer{f: s.OrderKey}
}

var errKeyGoexit = errors.New("the function ended its goroutine (runtime.Goexit)")

// keys returns one key per record; nil where the records' own count. ok is
// false where hurry was closed before the function had answered.
func (k *keyer) keys(recs []listener.RawRecord, hurry <-chan struct{}) (keys []ledger.Key, ok bool) {
	if k == nil || len(recs) == 0 {
		return nil, true
	}
	keys = make([]ledger.Key, len(recs))
	for at := 0; at < len(recs); {
		told := make(chan int, 1)
		go k.from(recs, keys, at, told)
		select {
		case at = <-told:
		case <-hurry:
			return nil, false
		}
	}
	return keys, true
}

// from fills in the keys from at on, and tells how far it came: to the end,
// unless the function ended the goroutine.
func (k *keyer) from(recs []listener.RawRecord, keys []ledger.Key, at int, told chan<- int) {
	defer func() {
		if at < len(recs) {
			keys[at].Err = keyError(&recs[at], errKeyGoexit)
			at++
		}
		told <- at
	}()
	for ; at < len(recs); at++ {
		keys[at] = k.one(&recs[at])
	}
}

func (k *keyer) one(r *listener.RawRecord) (key ledger.Key) {
	defer func() {
		if v := recover(); v != nil {
			key = ledger.Key{Err: keyError(r, fmt.Errorf("panic: %v", v))}
		}
	}()
	bytes, err := k.f(r)
	if err != nil {
		return ledger.Key{Err: keyError(r, err)}
	}
	return ledger.Key{Bytes: bytes}
}

func keyError(r *listener.RawRecord, err error) error {
	return &listener.OrderKeyError{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Err: err}
}
