package broker

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TestPace: short when partitions are new and while records come fast, in number
// or in bytes; long again after one window without; and what the client refuses is left alone.
func TestPace(t *testing.T) {
	const many, size = 2500, 1 << 18
	now := time.Unix(1000, 0)
	var set []string
	p := pace{enoughMany: many, enoughBytes: size, set: func(property, value string) error {
		if property != waitProperty {
			t.Errorf("sets %s", property)
		}
		set = append(set, value)
		return nil
	}}
	after := func(d time.Duration, records, bytes int) { now = now.Add(d); p.came(records, bytes, now) }
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(set, want) {
			t.Errorf("%s: set %v, not %v", what, set, want)
		}
		set = nil
	}
	after(time.Second, 0, 0)
	expect("before it has any partition")
	p.begin(now)
	expect("at first", "10")
	after(longWait/2, 0, 0)
	expect("within the first window")
	after(longWait/2, 0, 0)
	expect("nothing in it", "100")
	for range 50 {
		after(longWait/10, many/11, size/11)
	}
	expect("a little in each window")
	after(longWait/10, many, 0)
	expect("many records", "10")
	after(longWait, 0, 0)
	expect("they came in this window")
	after(longWait, 0, size)
	after(longWait/2, 0, 0)
	expect("many bytes")
	after(longWait, 1, 1)
	expect("hardly any", "100")
	p.begin(now)
	p.begin(now)
	expect("new partitions", "10")
	after(longWait, 0, 0)
	expect("which bring nothing", "100")
	after(time.Hour, 0, size)
	expect("after an hour", "10")

	p = pace{}
	p.begin(now)
	after(time.Hour, many, size)
	expect("of nobody")
	p = pace{enoughMany: many, enoughBytes: size, set: func(string, string) error { set = append(set, "refused"); return errors.New("no") }}
	p.begin(now)
	after(longWait, 0, 0)
	after(longWait, many, 0)
	expect("a client that refuses", "refused")
}

// TestNewPace: none where the user has said how long a broker may wait, or for
// how much; else what is fast is a quarter of what a queue holds.
func TestNewPace(t *testing.T) {
	config := kafka.ConfigMap{manyProperty: "4000", budgetProperty: "512"}
	for property, want := range map[string]bool{"client.id": true, waitProperty: false, "fetch.min.bytes": false} {
		p := newPace(map[string]string{property: "7"}, config)
		if (p.enoughMany == 1000 && p.enoughBytes == 128<<10) != want || (p.enoughMany == 0) == want {
			t.Errorf("%s configured: %+v", property, p)
		}
	}
	if p := newPace(nil, kafka.ConfigMap{manyProperty: "some", budgetProperty: "0"}); p.enoughMany != 1 || p.enoughBytes != 1 {
		t.Errorf("of what is no number: %+v", p)
	}
}
