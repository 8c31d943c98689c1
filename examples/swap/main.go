// Swap is a program whose listeners change by configuration alone: factory,
// group, members, whether they start. Look at it from outside, with kcat or the
// broker's tools, before and after:
//
//	cd swap && BROKERS=host:9092 go run .
//	cd swap && BROKERS=host:9092 HEARKEN_PROFILES=careful go run .
//	cd swap && go build . && hearken config -- ./swap     where each setting comes from
//
// Each handler says what it has, and returns when you let it: by a line with
// its listener and partition, "refunds 0" for example.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func main() {
	steps := NewSteps(os.Stdout)
	go steps.Read(os.Stdin)
	app.New(service(steps)...).Run()
}

// service is the whole program: hearken.yaml chooses among its factories.
func service(steps *Steps) []fx.Option {
	return []fx.Option{
		fx.Supply(steps),
		fx.Provide(newLogger),
		app.Factory("counted", factory.AckMode(ackmode.Count), factory.AckCount(3)),
		app.Factory("each", factory.AckMode(ackmode.Record)),
		app.Factory("manual", factory.AckMode(ackmode.Manual)),
		app.Factory("slow", factory.AckMode(ackmode.ManualImmediate), factory.Concurrency(2)),
		app.On("orders", (*Steps).OnOrder, listener.Topics("orders"), listener.Factory("counted")),
		app.OnAck("refunds", (*Steps).OnRefund, listener.Topics("refunds"), listener.Factory("manual")),
	}
}

// Steps lets handlers return one by one.
type Steps struct {
	mu   sync.Mutex
	out  io.Writer
	next map[string]chan struct{}
}

// NewSteps writes to out what handlers begin.
func NewSteps(out io.Writer) *Steps { return &Steps{out: out, next: map[string]chan struct{}{}} }

// Read takes lines until in ends.
func (s *Steps) Read(in io.Reader) {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		s.turn(lines.Text()) <- struct{}{}
	}
}

func (s *Steps) turn(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next[name] == nil {
		s.next[name] = make(chan struct{}, 100)
	}
	return s.next[name]
}

func (s *Steps) step(ctx context.Context, id string, r listener.Record[string]) error {
	s.mu.Lock()
	_, err := fmt.Fprintf(s.out, "%s %d @%d\n", id, r.Partition, r.Offset)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-s.turn(fmt.Sprintf("%s %d", id, r.Partition)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// OnOrder is done when its step is.
func (s *Steps) OnOrder(ctx context.Context, r listener.Record[string]) error {
	return s.step(ctx, "orders", r)
}

// OnRefund acknowledges after its step.
func (s *Steps) OnRefund(ctx context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
	if err := s.step(ctx, "refunds", r); err != nil {
		return err
	}
	return ack.Acknowledge()
}

func newLogger() (*zap.Logger, error) {
	c := zap.NewDevelopmentConfig()
	c.Level.SetLevel(zap.WarnLevel)
	c.DisableStacktrace = true
	return c.Build()
}
