//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/bench/ours"
)

// A topic is what is written before contestants read it. Equal topics are written once.
type topic struct {
	partitions int
	records    int     // none: an empty topic
	keys       int     // by turns, unless random or zipf
	random     bool    // keys by chance, all alike
	zipf       float64 // keys by Zipf's law with that exponent
	headers    int
	json       bool // values are orders of about 1 KB, else 100 bytes
	slowEach   int  // one of so many records is marked slow
}

// keyOf returns which key each record has: always the same, whoever asks.
func (t topic) keyOf() func(i int) int {
	random := rand.New(rand.NewPCG(1, uint64(t.keys)))
	switch {
	case t.zipf > 0:
		sums := make([]float64, t.keys)
		sum := 0.0
		for k := range sums {
			sum += math.Pow(float64(k+1), -t.zipf)
			sums[k] = sum
		}
		return func(int) int { return sort.SearchFloat64s(sums, random.Float64()*sum) }
	case t.random:
		return func(int) int { return random.IntN(t.keys) }
	default:
		return func(i int) int { return i % max(1, t.keys) }
	}
}

// message makes record i of key k. slow are the keys that have slow records.
func (t topic) message(name string, i, k int, slow map[int]bool, sent int64) *kafka.Message {
	m := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &name, Partition: int32(i % t.partitions)},
		Key:            fmt.Appendf(nil, "key-%d", k),
	}
	for h := range t.headers {
		m.Headers = append(m.Headers, kafka.Header{Key: fmt.Sprintf("header-%d", h), Value: fmt.Appendf(nil, "value-%d", i%100)})
	}
	if t.json {
		m.Value = order(i)
		return m
	}
	m.Value = make([]byte, 100)
	agent.Stamped{Slow: t.slow(i), SlowKey: slow[k], Sent: sent, Number: uint32(i)}.Put(m.Value)
	return m
}

func (t topic) slow(i int) bool { return t.slowEach > 0 && i%t.slowEach == t.slowEach/2 }

// keysOf returns the key of each of n records, and the keys that have slow ones.
func (t topic) keysOf(n int) (keys []int, slow map[int]bool) {
	keys, slow = make([]int, n), make(map[int]bool)
	keyOf := t.keyOf()
	for i := range keys {
		keys[i] = keyOf(i)
		if t.slow(i) {
			slow[keys[i]] = true
		}
	}
	return keys, slow
}

// order is the value of record i as JSON of about 1 KB.
func order(i int) []byte {
	o := ours.Order{
		ID: fmt.Sprintf("order-%08d", i), Customer: fmt.Sprintf("customer-%05d", i%10_000), Placed: "2026-01-31T12:34:56Z", Total: float64(i%100_000) / 100, Paid: i%2 == 0,
		Address: map[string]string{"street": "12 Long Lane", "city": "Springfield", "zip": "12345", "country": "Nowhere"},
		Note:    "Please leave it at the door, and ring twice; the dog is friendly, the cat is not.",
	}
	for l := range 8 {
		o.Lines = append(o.Lines, ours.Line{SKU: fmt.Sprintf("sku-%06d", i+l), Title: "A thing that somebody needs", Quantity: l + 1, Price: 9.99})
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings and numbers
	}
	return text
}

// write fills the topic called name.
func (t topic) write(ctx context.Context, brokers, name string) error {
	p, err := kafka.NewProducer(&kafka.ConfigMap{
		"bootstrap.servers": brokers, "linger.ms": 20, "go.delivery.reports": false, "queue.buffering.max.messages": 500_000,
	})
	if err != nil {
		return err
	}
	defer p.Close()
	keys, slow := t.keysOf(t.records)
	for i, k := range keys {
		if err := produce(ctx, p, t.message(name, i, k, slow, 0)); err != nil {
			return err
		}
	}
	for p.Flush(1000) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// produce waits while the queue is full.
func produce(ctx context.Context, p *kafka.Producer, m *kafka.Message) error {
	for {
		err := p.Produce(m, nil)
		if k, ok := errors.AsType[kafka.Error](err); !ok || k.Code() != kafka.ErrQueueFull {
			return err
		}
		p.Flush(100)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// pace sends n records at rate a second, each with the time of its sending.
func (t topic) pace(ctx context.Context, brokers, name string, n, rate int) error {
	p, err := kafka.NewProducer(&kafka.ConfigMap{"bootstrap.servers": brokers, "linger.ms": 0, "go.delivery.reports": false})
	if err != nil {
		return err
	}
	defer p.Close()
	keys, slow := t.keysOf(n)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for i := 0; i < n; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for due := int(time.Since(began).Seconds() * float64(rate)); i < min(due, n); i++ {
			if err := produce(ctx, p, t.message(name, i, keys[i], slow, time.Now().UnixNano())); err != nil {
				return err
			}
		}
	}
	for p.Flush(1000) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
