package broker

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/internal/broker/rdqueue"
)

// TestClientsLog: consumers and producers say what is wrong, with rdqueue and
// without it, and nothing is left of the reading when they are closed.
func TestClientsLog(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, attach := range map[string]func(fmt.Stringer) (*rdqueue.Logs, error){
		"by queue":   rdqueue.AttachLogs,
		"by channel": func(fmt.Stringer) (*rdqueue.Logs, error) { return nil, errors.New("a client that is not known") },
	} {
		for kind, open := range map[string]func(logFunc) (func(), error){
			"consumer": func(log logFunc) (func(), error) {
				c, err := Open(Params{Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere}, Log: log})
				return func() { _ = c.Close() }, err
			},
			"producer": func(log logFunc) (func(), error) {
				p, err := OpenProducer(ProducerParams{Config: map[string]string{"bootstrap.servers": nowhere}, Log: log})
				return func() { p.Close() }, err
			},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				was := attachLogs
				attachLogs = attach
				defer func() { attachLogs = was }()
				lines := make(chan string, 1000)
				done, err := open(func(level int, tag, text string) { lines <- fmt.Sprint(level, tag, text) })
				if err != nil {
					t.Fatal(err)
				}
				defer done()
				select {
				case line := <-lines:
					if !strings.Contains(line, "FAIL") || !strings.Contains(line, "127.0.0.1:1") {
						t.Errorf("it said %q", line)
					}
				case <-time.After(10 * time.Second):
					t.Error("it said nothing")
				}
			})
		}
	}
}

// TestALogCostsNoThread: the Go client's own reading sits in C, in a thread for
// each of its clients.
func TestALogCostsNoThread(t *testing.T) {
	for _, c := range []struct {
		attach func(fmt.Stringer) (*rdqueue.Logs, error)
		want   int
	}{
		{rdqueue.AttachLogs, 0},
		{func(fmt.Stringer) (*rdqueue.Logs, error) { return nil, errors.New("not known") }, 1},
	} {
		was := attachLogs
		attachLogs = c.attach
		heard := make(chan bool, 1000)
		client, err := Open(Params{Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere}, Log: func(int, string, string) { heard <- true }})
		attachLogs = was
		if err != nil {
			t.Fatal(err)
		}
		<-heard
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if n := strings.Count(string(stacks), ".pollLogEvents("); n != c.want {
			t.Errorf("%d goroutines read logs in C, want %d", n, c.want)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
}
