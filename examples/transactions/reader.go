package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// patience is how long the cluster may take to show what was sold.
const patience = 2 * time.Minute

// A reader is another program: it reads both topics, as
// isolation.level=read_committed lets it, and notes what is new.
type reader struct {
	committed *kafka.Consumer
	all       *kafka.Consumer         // is asked where the topics end: it counts open transactions as well
	read      map[string]kafka.Offset // of each topic, how far all was read or left out
}

// newReader begins at the ends: what earlier runs have left is no news.
func newReader(brokers string) (*reader, error) {
	committed, err := consumer(brokers, "read_committed")
	if err != nil {
		return nil, err
	}
	all, err := consumer(brokers, "read_uncommitted")
	if err != nil {
		_ = committed.Close()
		return nil, err
	}
	r := &reader{committed, all, map[string]kafka.Offset{}}
	ends, err := r.ends()
	if err == nil {
		err = committed.Assign([]kafka.TopicPartition{{Topic: new(orders), Offset: ends[orders]}, {Topic: new(ledger), Offset: ends[ledger]}})
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func consumer(brokers, isolation string) (*kafka.Consumer, error) {
	return kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers": brokers, "group.id": "reader", "isolation.level": isolation, "enable.auto.commit": false,
		"enable.partition.eof": true, "fetch.wait.max.ms": 50,
	})
}

func (r *reader) close() {
	_ = r.committed.Close()
	_ = r.all.Close()
}

// ends returns where the topics end.
func (r *reader) ends() (map[string]kafka.Offset, error) {
	ends := map[string]kafka.Offset{}
	for _, topic := range []string{orders, ledger} {
		_, end, err := r.all.QueryWatermarkOffsets(topic, 0, int(patience.Milliseconds()))
		if err != nil {
			return nil, err
		}
		ends[topic] = kafka.Offset(end)
	}
	return ends, nil
}

// news returns what has become visible since the last call, sorted. All that was
// sent is below the ends, but a commit is answered some milliseconds before it takes
// effect: until then the reader is told that a partition ends before the transaction.
func (r *reader) news() (seen []string, err error) {
	ends, err := r.ends()
	if err != nil {
		return nil, err
	}
	for late := time.Now().Add(patience); r.read[orders] < ends[orders] || r.read[ledger] < ends[ledger]; {
		if time.Now().After(late) {
			return nil, fmt.Errorf("after %s at %v of %v: is a transaction open?", patience, r.read, ends)
		}
		switch e := r.committed.Poll(50).(type) {
		case *kafka.Message:
			seen = append(seen, fmt.Sprintf("%s: %s", *e.TopicPartition.Topic, e.Value))
		case kafka.PartitionEOF:
			r.read[*e.Topic] = e.Offset
		case kafka.Error:
			if e.IsFatal() {
				return nil, e
			}
		}
	}
	slices.Sort(seen)
	return seen, nil
}
