package rdqueue

/*
#include "rdqueue.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// Logs are what a client has to say of itself, waited for without a thread: the
// Go client keeps one in C for each of its clients.
type Logs struct {
	q    *C.rd_kafka_queue_t
	wake *wake
	quit atomic.Bool
}

// A Line is one of them.
type Line struct {
	Level     int // syslog's: lower is worse
	Tag, Text string
}

// AttachLogs takes the log of c, which must have log.queue=true. Nothing of c has
// changed when it fails.
func AttachLogs(c fmt.Stringer) (*Logs, error) {
	rk, err := client(c)
	if err != nil {
		return nil, err
	}
	w, err := newWake()
	if err != nil {
		return nil, err
	}
	l := &Logs{q: C.rd_kafka_queue_new(rk), wake: w}
	C.hk_notify(l.q, C.int(w.fd))
	if code := C.rd_kafka_set_log_queue(rk, l.q); code != 0 {
		l.Close()
		return nil, errors.New("the client gives no log queue")
	}
	return l, nil
}

// Read hands out lines until Quit, those that are there by then as well. It is
// called once, and keeps its goroutine.
func (l *Logs) Read(each func(Line)) {
	for late := 0; late < mostAtQuit; {
		quits := l.quit.Load()
		line, ok := l.next()
		switch {
		case ok:
			each(line)
			if quits {
				late++
			}
		case quits:
			return
		default:
			l.wake.block()
		}
	}
}

// mostAtQuit bounds what is read after Quit: the client goes on talking.
const mostAtQuit = 1000

func (l *Logs) next() (Line, bool) {
	line := C.hk_pop_log(l.q)
	if line.ev == nil {
		return Line{}, false
	}
	defer C.rd_kafka_event_destroy(line.ev)
	return Line{int(line.level), C.GoString(line.tag), C.GoString(line.text)}, true
}

// Quit ends Read. It is safe from any goroutine.
func (l *Logs) Quit() {
	l.quit.Store(true)
	l.wake.wake()
}

// Close gives the log up, with what is said from now on. Read must be over, and
// the client alive.
func (l *Logs) Close() {
	C.hk_quiet(l.q)
	C.rd_kafka_queue_destroy(l.q)
	l.q = nil
	l.wake.close()
}
