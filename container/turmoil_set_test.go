package container_test

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// set draws a listener.
func (x *turmoil) set() {
	e := x.e
	modes := ackmode.All()
	e.mode(modes[x.draw(len(modes))])
	e.spec.AckCount = 7
	e.spec.AckTime = 500 * time.Millisecond
	if x.draw(4) == 0 {
		e.spec.Await = !e.spec.Await
	}
	orders := []spec.Ordering{spec.OrderKey, spec.OrderKey, spec.OrderNone, spec.OrderPartition}
	e.parallel(orders[x.draw(len(orders))], 1+x.draw(6))
	e.spec.CommitMap = []int{0, 0, 128, 4096}[x.draw(4)]
	e.spec.Window = 20 + x.draw(100)
	e.spec.MaxPollRecords = 5 + x.draw(30)
	e.spec.NullQueue = x.draw(2) == 0
	e.spec.AsyncAcks = x.draw(3) == 0
	e.spec.Unacked = spec.Unacked{Kind: spec.UnackedKeep}
	if x.draw(3) == 0 {
		e.spec.InFlightRecords = 30
	}
	if x.draw(2) == 0 {
		e.reader = spec.Queues
	}
	if x.draw(3) == 0 {
		e.keep(func(offset int64) bool {
			if offset%5 == 0 {
				x.giveUp(&listener.RawRecord{Offset: offset})
			}
			return offset%5 != 0
		})
	}
	e.verdicts(x.verdict)
	if e.spec.Ordering == spec.OrderPartition && e.spec.CommitMap == 0 && e.spec.AckMode != ackmode.Record {
		e.spec.Shape.Batch = x.draw(2) == 0
	}
	if x.draw(3) == 0 {
		x.slowKeys()
	}
	defer x.size()
	defer func() { x.order = e.spec.Ordering }()
	if x.draw(4) == 0 || x.plant.tx != nil {
		x.transactional()
	} else if x.explicit = x.draw(5) == 0; x.explicit {
		e.explicit(spec.PartitionSet{Topic: topic, IDs: []int32{0}})
	}
}

// slowKeys has keys told by a function that takes its time, and hangs now and then.
func (x *turmoil) slowKeys() {
	x.e.spec.OrderKey = func(r *listener.RawRecord) ([]byte, error) {
		switch x.draw(100) {
		case 0:
			time.Sleep(x.ms(3000)) //nolint:forbidigo // fake time
		case 1, 2, 3:
			time.Sleep(x.ms(100)) //nolint:forbidigo // fake time
		}
		return r.Key, nil
	}
}

// size gives batches a size, and lets them linger.
func (x *turmoil) size() {
	if s := &x.e.spec; s.Shape.Batch && x.draw(2) == 0 {
		s.BatchSize = 1 + x.draw(12)
		s.BatchLinger = x.ms(3) * 100
	}
}

// transactional makes it exactly-once.
func (x *turmoil) transactional() {
	e := x.e
	e.spec.Ordering, e.spec.CommitMap, e.spec.NullQueue, e.spec.AsyncAcks = spec.OrderPartition, 0, false, false
	e.spec.Shape.Batch = x.draw(2) == 0
	x.steady = x.draw(2) == 0
	x.mode = ackmode.Batch
	if !e.spec.Shape.Batch && x.draw(2) == 0 {
		x.mode = ackmode.Record
	}
	x.log = brokertest.NewLog()
}
