package rdqueue

import (
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TestSet: the client's own configuration says what was set; that it goes by it
// is seen at a broker (kafkatest/e2e).
func TestSet(t *testing.T) {
	c, err := kafka.NewConsumer(&kafka.ConfigMap{"group.id": "g", "bootstrap.servers": "127.0.0.1:1", "fetch.wait.max.ms": 77})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	r, err := Attach(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer r.Quit()
	const wait = "fetch.wait.max.ms"
	if got := r.get(wait); got != "77" {
		t.Fatalf("%s is %q at first", wait, got)
	}
	if err := r.Set(wait, "10"); err != nil || r.get(wait) != "10" {
		t.Errorf("set to 10: %q, %v", r.get(wait), err)
	}
	for property, value := range map[string]string{wait: "soon", "fetch.max.bytes": "1000", "group.id": "h", "": ""} {
		if err := r.Set(property, value); err == nil {
			t.Errorf("%q was set to %q", property, value)
		}
	}
	for property, want := range map[string]bool{wait: true, "group.id": true, "group.instance.id": false, "plugin.library.paths": false, "none": false} {
		if r.has(property) != want {
			t.Errorf("%q has a value: %t", property, !want)
		}
	}
	if got := r.get(wait); got != "10" {
		t.Errorf("%s is %q after what was refused", wait, got)
	}
}
