package container

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

const (
	// txAbortLimit bounds an abort: after it the producer is made again, which aborts, too.
	txAbortLimit = 10 * time.Second
	// metadataLimit is how long the client may take to say who it is.
	metadataLimit = 3 * time.Second
)

// commit ends w: the sends are waited for, the offsets go into the transaction,
// and both become visible.
func (x *transactor) commit(w *window) {
	w.seal()
	began := time.Now()
	limit := x.spec.Timeout
	if err := w.settledSends(limit); err != nil {
		x.refused(w, "send", err)
		return
	}
	meta, err := x.metadata()
	if err != nil {
		x.refused(w, "group metadata", err)
		return
	}
	l, ok := x.snapshot(w)
	switch {
	case !ok:
		x.requeue(l)
		x.abort(w, w.doomed)
		return
	case len(l.parts) == 0 && w.sent.Load() == 0:
		x.over(w) // no broker has heard of it: the next window takes it
		return
	case len(l.parts) == 0:
		x.abort(w, nil)
		return
	}
	left := func() time.Duration { return max(limit-time.Since(began), time.Second) }
	err = broker.Insist(left(), func(d time.Duration) error { return x.p.SendOffsets(l.offsets(), meta, d) })
	if err != nil {
		x.requeue(l)
		x.refused(w, "send offsets", err)
		return
	}
	if err = broker.Insist(left(), x.p.Commit); err != nil {
		x.requeue(l)
		x.uncommitted(w, l, err, began)
		return
	}
	x.begun = false
	x.confirm(l, time.Since(began))
	x.over(w)
}

// settledSends waits until every send has its report.
func (w *window) settledSends(limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.landed:
		return nil
	case <-timer.C:
		return fmt.Errorf("%d sends are not answered after %s", w.flying.Load(), limit)
	}
}

// metadata is asked for before the offsets are looked at: see broker.Consumer.
func (x *transactor) metadata() (meta broker.GroupMetadata, err error) {
	type answer struct {
		meta broker.GroupMetadata
		err  error
	}
	known := make(chan answer, 1)
	x.c.asking.Add(1)
	go func() {
		defer x.c.asking.Add(-1)
		meta, err := x.c.client.GroupMetadata()
		known <- answer{meta, err}
	}()
	timer := time.NewTimer(metadataLimit)
	defer timer.Stop()
	select {
	case a := <-known:
		return a.meta, a.err
	case <-timer.C:
		return nil, fmt.Errorf("the client did not answer within %s", metadataLimit)
	}
}

// snapshot takes the offsets of w, and those that partitions claim. It is not
// ok where w can't commit any more: from here on a partition that goes away
// is the broker's to refuse.
func (x *transactor) snapshot(w *window) (l offsetList, ok bool) {
	m := x.c.committer
	m.mu.Lock()
	claimed := m.due
	m.due = nil
	m.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	w.taken = true
	take := func(a *assignment) {
		if offset, due := a.Settled(); due {
			l.add(a, ledger.Commit{Offset: offset})
		}
	}
	for a := range w.parts {
		take(a)
	}
	for _, a := range claimed {
		if !w.parts[a] {
			take(a)
		}
	}
	return l, w.doomed == nil
}

// requeue makes claims due again that were not committed.
func (x *transactor) requeue(l offsetList) {
	for _, a := range l.parts {
		a.Requeue()
	}
}

// confirm says what is committed.
func (x *transactor) confirm(l offsetList, took time.Duration) {
	said := event.Committed{Consumer: x.c.name(), Took: took}
	for i, a := range l.parts {
		a.Confirmed(l.commits[i])
		said.Offsets = append(said.Offsets, event.Commit{Partition: a.event(), Offset: l.commits[i].Offset})
	}
	x.c.emit(said)
	x.fails, x.pause = 0, time.Time{}
	x.well()
}

// refused is what follows when a transaction can't be committed, and nobody has
// tried: it is aborted, and all of it runs again after a while.
func (x *transactor) refused(w *window, op string, err error) {
	err = opError(op, err)
	x.failing(err)
	x.trouble(err, w)
	x.abort(w, err)
}

// uncommitted decides what a failed commit means.
func (x *transactor) uncommitted(w *window, l offsetList, err error, began time.Time) {
	fault := opError("commit transaction", err)
	x.failing(fault)
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Abort && !pe.Fatal {
		x.trouble(fault, w)
		x.abort(w, fault)
		return
	}
	x.c.emit(event.TransactionIndeterminate{Template: x.c.spec.ID, ID: x.id, Err: fault, Took: time.Since(began)})
	x.mu.Lock()
	x.unknown = true
	x.mu.Unlock()
	x.doubt = &doubt{w: w, l: l}
	x.drop(err)
	x.trouble(fault, w)
	x.over(w)
}

// failing lets those who wait for the window's end know that it went wrong.
func (x *transactor) failing(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.endings {
		e.err = err
	}
}

// abort ends w without a commit: all of it runs again.
func (x *transactor) abort(w *window, why error) {
	if errors.Is(why, errWindowLate) {
		x.failing(why)
	}
	began := time.Now()
	x.over(w)
	w.seal()
	x.begun = false
	var err error
	if x.p == w.p {
		limit := min(txAbortLimit, x.spec.Timeout)
		if x.hurried {
			limit = time.Second
		}
		err = broker.Insist(limit, x.p.Abort)
		x.unaborted(w, err)
	}
	x.c.emit(event.TransactionAborted{Template: x.c.spec.ID, ID: x.id, Err: why, AbortErr: err, Took: time.Since(began)})
	x.rollback(w)
}

// unaborted gives the producer up whose abort was answered with err. Where that did abort, and only
// threw records away, the trouble is another's, if there is any.
func (x *transactor) unaborted(w *window, err error) {
	if err == nil {
		return
	}
	pe, ok := errors.AsType[*broker.ProducerError](err)
	aborted := ok && pe.Purged
	if aborted && x.hurried {
		return // finish closes it
	}
	x.drop(err)
	if !aborted {
		x.trouble(opError("abort transaction", err), w)
	}
}

// rollback lets everything of w run again: what was before a failing run, then
// that one alone, then the rest.
func (x *transactor) rollback(w *window) {
	now := time.Now()
	x.mu.Lock()
	t := w.blamed
	if t != nil && (w.judged || t.verdict) {
		t = nil // it waits already, or is asked about again
	}
	if t != nil {
		t.a.failures[t.from] = txFailure{err: w.blame}
	}
	x.mu.Unlock()
	for a := range w.parts {
		if t != nil && t.a == a {
			a.Rollback(now, ledger.Span{From: t.from, To: t.to})
			continue
		}
		a.Rollback(now)
	}
}

// trouble notes that a transaction failed by what is not a record, and when
// the next one may begin. w is nil where it is not about one.
func (x *transactor) trouble(err error, w *window) {
	m := x.c.committer
	since := time.Now()
	if t := m.trouble.Load(); t != nil {
		since = t.since
	}
	m.trouble.Store(&commitTrouble{since, err})
	x.troubled = w
	x.pause = time.Now().Add(min(firstRetry<<min(x.fails, 10), lastRetry))
	x.fails++
}

func (x *transactor) well() {
	x.troubled = nil
	x.c.committer.trouble.Store(nil)
}

// forgive ends a trouble whose partitions are all gone: no commit will prove
// that it is over.
func (x *transactor) forgive() {
	if x.c.committer.trouble.Load() == nil || x.doubt != nil {
		return
	}
	if x.troubled != nil {
		for _, a := range *x.c.live.Load() {
			if x.troubled.parts[a] {
				return
			}
		}
	}
	x.well()
}
