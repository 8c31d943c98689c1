package container

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A keyer asks the user's function for the ordering keys of chunks, on goroutines
// of their own: the loop has to outlive whatever that does.
type keyer struct {
	f     listener.OrderKey
	nudge func() // the loop: an answer is there that it does not wait for any more
}

// newKeyer returns nil where the records' own keys count.
func newKeyer(s *Spec, nudge func()) *keyer {
	if s.OrderKey == nil || s.Ordering != spec.OrderKey {
		return nil
	}
	return &keyer{f: s.OrderKey, nudge: nudge}
}

var errKeyGoexit = errors.New("the function ended its goroutine (runtime.Goexit)")

// An unkeyed is a chunk whose ordering keys are not known yet.
type unkeyed struct {
	recs []listener.RawRecord
	keys []ledger.Key // by the goroutine, until told is closed
	told chan struct{}

	bytes  int          // of keys and values
	asked  bool         // its goroutine was started; the loop's
	parked atomic.Bool  // the loop does other things meanwhile
	at     atomic.Int64 // the record that is asked about
}

func newUnkeyed(recs []listener.RawRecord) *unkeyed {
	u := &unkeyed{recs: recs, keys: make([]ledger.Key, len(recs)), told: make(chan struct{})}
	for i := range recs {
		u.bytes += len(recs[i].Key) + len(recs[i].Value)
	}
	return u
}

// ask fills in the keys from at on. Where the function ends the goroutine,
// another one goes on behind that record.
func (k *keyer) ask(u *unkeyed, at int) {
	defer func() {
		if at < len(u.recs) {
			u.keys[at].Err = keyError(&u.recs[at], errKeyGoexit)
			go k.ask(u, at+1)
			return
		}
		close(u.told)
		if u.parked.Load() {
			k.nudge()
		}
	}()
	for ; at < len(u.recs); at++ {
		u.at.Store(int64(at))
		u.keys[at] = k.one(&u.recs[at])
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
