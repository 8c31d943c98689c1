package rdqueue

import (
	"reflect"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TestAttachRefuses: whatever the client looks like, there is an error and no panic.
func TestAttachRefuses(t *testing.T) {
	type other struct{}
	for what, client := range map[string]any{
		"no handle":       struct{ conn int }{},
		"a handle of int": struct{ handle int }{},
		"no rk":           struct{ handle struct{ x int } }{},
		"rk of int":       struct{ handle struct{ rk int } }{},
		"another pointer": struct{ handle struct{ rk *other } }{struct{ rk *other }{&other{}}},
		"nil": struct {
			handle struct{ rk *_Ctype_struct_rd_kafka_s }
		}{},
		"not a struct": 7,
	} {
		if p, err := handleOf(reflect.ValueOf(client)); err == nil || p != nil {
			t.Errorf("%s: %v, %v", what, p, err)
		}
	}
	for what, c := range map[string]*kafka.Consumer{"nil": nil, "zero": {}} {
		if r, err := Attach(c); err == nil || r != nil {
			t.Errorf("a %s client: %v, %v", what, r, err)
		}
	}
	for version, ok := range map[int]bool{0x020effff: false, 0x020f0000: true, 0x020f01ff: true, 0x02100000: false, 0: false} {
		if err := known(version); (err == nil) != ok {
			t.Errorf("version %#x: %v", version, err)
		}
	}
}

// TestAttachKnowsTheClient: with the version of the client in go.mod it must not fall back.
func TestAttachKnowsTheClient(t *testing.T) {
	c, err := kafka.NewConsumer(&kafka.ConfigMap{"group.id": "g", "bootstrap.servers": "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	r, err := Attach(c)
	if err != nil {
		t.Fatalf("the queue reader does not know %s: %v", kafka.LibrdkafkaLinkInfo, err)
	}
	q := r.Split("topic", 3)
	shared := r.Shared()
	if q == nil || !r.Forward("topic", 4, shared) {
		t.Fatal("the client gives no queue")
	}
	ready := make([]bool, 2)
	r.Lengths([]*Queue{q, shared}, ready)
	if ready[0] || ready[1] || r.Take(q, 10, 100).Len() != 0 || r.Take(shared, 10, 100).Len() != 0 || q.Left() != 0 {
		t.Error("empty queues have something")
	}
	r.Forget(q)
	r.Drop(q)
	r.Drop(shared)
	r.Quit()
	r.Close()
	r.Wake() // after Close it does nothing
}
