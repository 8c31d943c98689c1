package rdqueue

import (
	"os"
	"time"
)

// A wake is a descriptor that the client writes to when there is something to
// take, and that Go's poller waits on: no thread waits. On Linux it is an
// eventfd, elsewhere a pipe.
type wake struct {
	fd   int // that the client writes to
	r, w *os.File
	buf  [64]byte
}

// one is what our own wake writes: 8 bytes that are not 0, as an eventfd wants them.
var one = [8]byte{1}

// wait waits for a write, for at most d.
func (w *wake) wait(d time.Duration) {
	if d <= 0 || w.r.SetReadDeadline(time.Now().Add(d)) != nil {
		return
	}
	w.block() // a time-out is an answer, too
}

// block waits for a write.
func (w *wake) block() { _, _ = w.r.Read(w.buf[:]) }

func (w *wake) close() {
	_ = w.r.Close()
	if w.w != w.r {
		_ = w.w.Close()
	}
}
