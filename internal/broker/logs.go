package broker

import (
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/broker/rdqueue"
)

// A logFunc takes one of the client's own log lines.
type logFunc func(level int, tag, text string)

func orNobody(log logFunc) logFunc {
	if log == nil {
		return func(int, string, string) {}
	}
	return log
}

// A logReader hands a client's log lines out, from one goroutine. Lines that
// nobody reads would pile up in C without a bound.
type logReader interface {
	closing() // the client will be closed
	closed()  // and is; the goroutine has ended
}

// withLogs opens a client and reads its log: without a thread where rdqueue
// knows the client, and over the client's channel, which costs a thread, where it does not.
func withLogs[C fmt.Stringer](config kafka.ConfigMap, log logFunc, open func(*kafka.ConfigMap) (C, error), discard func(C)) (c C, logs logReader, err error) {
	config["log.queue"] = true
	if c, err = open(&config); err != nil {
		return c, nil, err
	}
	if logs, err := readLogs(c, log); err == nil {
		return c, logs, nil
	}
	discard(c) // its lines have nowhere to go
	drain := newLogDrain(log)
	config["go.logs.channel.enable"], config["go.logs.channel"] = true, drain.lines
	if c, err = open(&config); err != nil {
		return c, nil, err
	}
	drain.start()
	return c, drain, nil
}

// A queuedLog reads a log by rdqueue.
type queuedLog struct {
	logs *rdqueue.Logs
	done chan struct{}
}

var attachLogs = rdqueue.AttachLogs // a test lets it fail

func readLogs(c fmt.Stringer, log logFunc) (logReader, error) {
	logs, err := attachLogs(c)
	if err != nil {
		return nil, err
	}
	log = orNobody(log)
	q := &queuedLog{logs: logs, done: make(chan struct{})}
	go func() {
		defer close(q.done)
		logs.Read(func(l rdqueue.Line) { log(l.Level, l.Tag, l.Text) })
	}()
	return q, nil
}

// closing ends the reading: the queue must be given up while the client lives.
func (q *queuedLog) closing() {
	q.logs.Quit()
	<-q.done
	q.logs.Close()
}

func (q *queuedLog) closed() {}

// A logDrain takes a client's log lines off its channel.
type logDrain struct {
	lines chan kafka.LogEvent
	log   logFunc
	quit  chan struct{}
	done  chan struct{}
}

// newLogDrain makes a drain; a nil log throws the lines away.
func newLogDrain(log logFunc) *logDrain {
	return &logDrain{lines: make(chan kafka.LogEvent, 16), log: orNobody(log), quit: make(chan struct{}), done: make(chan struct{})}
}

func (d *logDrain) start() {
	go func() {
		defer close(d.done)
		for {
			select {
			case l := <-d.lines:
				d.log(l.Level, l.Tag, l.Message)
			case <-d.quit:
				return
			}
		}
	}()
}

func (d *logDrain) closing() {}

// closed ends the goroutine and waits for it: nobody sends any more.
func (d *logDrain) closed() {
	close(d.quit)
	<-d.done
	for len(d.lines) > 0 {
		l := <-d.lines
		d.log(l.Level, l.Tag, l.Message)
	}
}
