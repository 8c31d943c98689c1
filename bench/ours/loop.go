//go:build unix

package ours

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/bench/agent"
)

// tuned are the client settings that make a plain Poll loop fast; they are the
// framework's own defaults. With wait=n brokers wait n ms instead, as they do for the queue reader
// while records come fast.
var tuned = kafka.ConfigMap{
	"fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 100, "queued.min.messages": 10000,
	"queued.max.messages.kbytes": 16384, "partition.assignment.strategy": "cooperative-sticky",
}

// An Order is what JSON values hold, about 1 KB of it.
type Order struct {
	ID       string            `json:"id"`
	Customer string            `json:"customer"`
	Placed   string            `json:"placed"`
	Total    float64           `json:"total"`
	Paid     bool              `json:"paid"`
	Lines    []Line            `json:"lines"`
	Address  map[string]string `json:"address"`
	Note     string            `json:"note"`
}

// A Line is one article of an Order.
type Line struct {
	SKU      string  `json:"sku"`
	Title    string  `json:"title"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

var errNoOrder = errors.New("not an order")

// loop is a hand-written Poll loop: with tuned=yes on tuned settings, else on the
// client's own. With each=n it commits after every n handled records, and
// waits; without, it leaves the commit to the client's clock (5 s), which promises less: what is
// committed was read, not handled. With json=yes it decodes each value as the framework does.
func loop(ctx context.Context, j agent.Job, m *agent.Meter) (err error) {
	c, err := open(j, j.Group)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.SubscribeTopics([]string{j.Topic}, nil); err != nil {
		return err
	}
	each, asJSON := j.Int("each", 0), j.Text("json", "") == "yes"
	for handled := 0; !m.Full(); {
		switch e := c.Poll(100).(type) {
		case *kafka.Message:
			value := e.Value
			if asJSON {
				var o Order
				if err := json.Unmarshal(e.Value, &o); err != nil || o.ID == "" {
					return errors.Join(errNoOrder, err)
				}
				value = nil
			}
			m.Record(e.TopicPartition.Partition, int64(e.TopicPartition.Offset), value)
			if handled++; each > 0 && handled%each == 0 {
				if _, err := c.CommitMessage(e); err != nil {
					return err
				}
			}
		case kafka.Error:
			if e.IsFatal() {
				return e
			}
		case nil:
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	if each > 0 { // the rest of the last stretch
		_, err := c.Commit()
		return ignoreNoOffset(err)
	}
	return nil
}

func ignoreNoOffset(err error) error {
	if k, ok := errors.AsType[kafka.Error](err); ok && k.Code() == kafka.ErrNoOffset {
		return nil
	}
	return err
}

// open makes a consumer as the job says.
func open(j agent.Job, group string) (*kafka.Consumer, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers": j.Brokers, "group.id": group, "auto.offset.reset": "earliest",
		"enable.auto.commit": j.Int("each", 0) == 0,
	}
	if j.Text("tuned", "") == "yes" {
		maps.Copy(config, tuned)
		if wait := j.Int("wait", 0); wait > 0 {
			config["fetch.wait.max.ms"] = wait
		}
	}
	return kafka.NewConsumer(&config)
}
