package broker

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/internal/spec"
)

// nowhere is an address at which nothing listens.
const nowhere = "127.0.0.1:1"

func TestOpenRefuses(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, config := range map[string]map[string]string{
		"no group":      {"bootstrap.servers": nowhere},
		"a wrong value": {"group.id": "g", "session.timeout.ms": "soon"},
		"a wrong key":   {"group.id": "g", "sesion.timeout.ms": "1"},
		"a wrapper key": {"group.id": "g", "go.logs.channel.enable": "false"},
	} {
		c, err := Open(Params{Config: config})
		if e, ok := err.(*ClientError); c != nil || !ok || e.Class != Dead || e.Op != opOpen {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestClientWithoutABroker(t *testing.T) {
	defer goleak.VerifyNone(t)
	logged := make(chan string, 1000)
	c, err := Open(Params{
		Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere, "client.id": "me"},
		Log:    func(_ int, tag, _ string) { logged <- tag },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Subscribe([]string{"t"}, nil); err != nil {
		t.Fatal(err)
	}
	var turn Turn
	for len(turn.Errors) == 0 {
		c.Next(Limits{Wait: time.Second}, &turn)
	}
	if e, ok := turn.Errors[0].(*ClientError); !ok || e.Class != Transient {
		t.Errorf("without a broker: %v", turn.Errors)
	}
	if id := c.MemberID(); id == "" {
		t.Error("the member has no name")
	}
	select {
	case <-logged:
	case <-time.After(10 * time.Second):
		t.Error("the client logged nothing")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestDefaultsGiveWay(t *testing.T) {
	config, err := clientConfig(Params{Config: map[string]string{"fetch.wait.max.ms": "20"}})
	if err != nil || config["fetch.wait.max.ms"] != "20" || config["enable.auto.offset.store"] != "false" || !isCooperative(config) {
		t.Errorf("%v, %v", config, err)
	}
	config, _ = clientConfig(Params{Config: map[string]string{"partition.assignment.strategy": "range,roundrobin"}})
	if isCooperative(config) {
		t.Error("range is not cooperative")
	}
	config, _ = clientConfig(Params{Config: map[string]string{"group.protocol": "consumer"}})
	if _, set := config["partition.assignment.strategy"]; set || !isCooperative(config) {
		t.Error("group.protocol=consumer has no assignor, and is incremental")
	}
	for _, d := range Defaults("", spec.Poll) {
		if d.Key == "" || d.Value == "" || d.Why == "" {
			t.Errorf("%+v", d)
		}
	}
}

func TestMillisRoundsUp(t *testing.T) {
	for d, want := range map[time.Duration]int{-1: 0, 0: 0, 1: 1, time.Millisecond: 1, time.Second + 1: 1001} {
		if got := millis(d); got != want {
			t.Errorf("millis(%v) = %d, want %d", d, got, want)
		}
	}
}

func TestQuestionsWithoutABrokerEndInTime(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := Open(Params{Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere}})
	if err != nil {
		t.Fatal(err)
	}
	const (
		timeout = 300 * time.Millisecond
		inTime  = 20 * time.Second // on a slow machine, too; by itself the client would take a minute
	)
	parts := []Partition{{"t", 0}, {"u", 1}}
	for what, ask := range map[string]func() error{
		"OffsetsAt":     func() error { _, err := c.OffsetsAt(parts, time.Now(), timeout); return err },
		"LogStart":      func() error { _, err := c.LogStart(parts, timeout); return err },
		"Topics":        func() error { _, err := c.Topics([]string{"t", "u", "v"}, timeout); return err },
		"Topics of all": func() error { _, err := c.Topics(nil, timeout); return err },
	} {
		start := time.Now()
		err := ask()
		if e, ok := err.(*ClientError); !ok || e.Class != Transient || time.Since(start) > inTime {
			t.Errorf("%s: %v after %v", what, err, time.Since(start))
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
