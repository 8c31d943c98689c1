package broker

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// A logDrain takes the client's log lines off its channel, in one goroutine
// from start to stop. Undrained lines would pile up in C without a bound.
type logDrain struct {
	lines chan kafka.LogEvent
	log   func(level int, tag, text string)
	quit  chan struct{}
	done  chan struct{}
}

// newLogDrain makes a drain; a nil log throws the lines away.
func newLogDrain(log func(level int, tag, text string)) *logDrain {
	if log == nil {
		log = func(int, string, string) {}
	}
	return &logDrain{lines: make(chan kafka.LogEvent, 16), log: log, quit: make(chan struct{}), done: make(chan struct{})}
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

// stop ends the goroutine and waits for it. The client must be closed: nobody
// sends any more.
func (d *logDrain) stop() {
	close(d.quit)
	<-d.done
	for len(d.lines) > 0 {
		l := <-d.lines
		d.log(l.Level, l.Tag, l.Message)
	}
}
