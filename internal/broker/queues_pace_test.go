package broker

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// TestPace: short while records come fast, in number or in bytes; long again
// after one window without; and what the client refuses is left alone.
func TestPace(t *testing.T) {
	now := time.Unix(1000, 0)
	var set []string
	var p pace
	p.start(func(property, value string) error {
		if property != waitProperty {
			t.Errorf("sets %s", property)
		}
		set = append(set, value)
		return nil
	}, now)
	after := func(d time.Duration, records, bytes int) { now = now.Add(d); p.came(records, bytes, now) }
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(set, want) {
			t.Errorf("%s: set %v, not %v", what, set, want)
		}
		set = nil
	}
	expect("at first", "10")
	after(longWait/2, 0, 0)
	expect("within the first window")
	after(longWait/2, 0, 0)
	expect("nothing in it", "100")
	for range 50 {
		after(longWait/10, enoughMany/11, enoughBytes/11)
	}
	expect("a little in each window")
	after(longWait/10, enoughMany, 0)
	expect("many records", "10")
	after(longWait, 0, 0)
	expect("they came in this window")
	after(longWait, 0, enoughBytes)
	after(longWait/2, 0, 0)
	expect("many bytes")
	after(longWait, 1, 1)
	expect("hardly any", "100")
	after(time.Hour, 0, enoughBytes)
	expect("after an hour", "10")

	p = pace{}
	p.came(enoughMany, enoughBytes, now)
	expect("of nobody")
	p.start(func(string, string) error { set = append(set, "refused"); return errors.New("no") }, now)
	after(longWait, 0, 0)
	after(longWait, enoughMany, 0)
	expect("a client that refuses", "refused")
}

// TestWhoPaces: nobody, where the user has said how long a broker may wait, or for how much.
func TestWhoPaces(t *testing.T) {
	for property, want := range map[string]bool{"client.id": true, waitProperty: false, "fetch.min.bytes": false} {
		if paced(map[string]string{property: "7"}) != want {
			t.Errorf("%s configured: paced %v", property, !want)
		}
	}
}
