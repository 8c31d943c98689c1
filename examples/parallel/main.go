// Parallel makes ten thousand slow calls on one partition, in seconds: key
// ordering runs many records at once, one of each key, in their order.
//
//	go run ./parallel     an embedded broker; 10,000 calls of 20 ms, one partition
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

const (
	calls     = 10_000
	customers = 1_000
	slow      = 20 * time.Millisecond
)

func main() { os.Exit(program()) }

func program() int {
	broker, err := kafkatest.Start(kafkatest.Topics(1, "payments"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer broker.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	broker.Produce("payments", payments(calls)...)
	if err := run(ctx, broker.Brokers(), calls, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// payments are n payments, of one customer after the other; each customer's are numbered.
func payments(n int) []kafkatest.Record {
	out := make([]kafkatest.Record, n)
	for i := range out {
		out[i] = kafkatest.KV(fmt.Sprintf("customer-%d", i%customers), i/customers)
	}
	return out
}

// A Ledger does slow work for each payment, and watches the order.
type Ledger struct {
	mu      sync.Mutex
	last    map[string]int // number of each customer's last payment
	running map[string]bool
	now     int // calls that run
	most    int
	faults  []string
	done    int
	enough  int
	all     chan struct{}
}

// OnPayment takes 20 ms, as a call of another service would.
func (l *Ledger) OnPayment(_ context.Context, r listener.Record[int]) error {
	l.begin(r.Key, r.Value)
	timer := time.NewTimer(slow)
	<-timer.C
	l.end(r.Key)
	return nil
}

func (l *Ledger) begin(customer string, number int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[customer] {
		l.faults = append(l.faults, customer+" is served twice at once")
	}
	if last, ok := l.last[customer]; ok && number != last+1 || !ok && number != 0 {
		l.faults = append(l.faults, fmt.Sprintf("%s: payment %d comes after %d", customer, number, last))
	}
	l.last[customer], l.running[customer] = number, true
	l.now++
	l.most = max(l.most, l.now)
}

func (l *Ledger) end(customer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.running, customer)
	l.now--
	if l.done++; l.done == l.enough {
		close(l.all)
	}
}

// run handles n payments and prints what it saw.
func run(ctx context.Context, brokers string, n int, out io.Writer) error {
	ledger := &Ledger{last: map[string]int{}, running: map[string]bool{}, enough: n, all: make(chan struct{})}
	service := app.New(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		fx.Supply(ledger),
		app.Config(config.Map(map[string]any{"kafka.bootstrap-servers": brokers, "kafka.consumer.auto-offset-reset": "earliest"})),
		app.On("payments", (*Ledger).OnPayment, listener.Topics("payments"),
			factory.Ordering(factory.OrderedByKey), factory.Workers(256)),
	)
	began := time.Now()
	if err := service.Start(ctx); err != nil {
		return err
	}
	select {
	case <-ledger.all:
	case <-ctx.Done():
	}
	took := time.Since(began)
	if err := service.Stop(context.WithoutCancel(ctx)); err != nil { // it commits what is done
		return err
	}
	ledger.mu.Lock()
	defer ledger.mu.Unlock()
	_, _ = fmt.Fprintf(out, "%d calls of %s on one partition took %s; one after the other they take %s\n",
		ledger.done, slow, took.Round(10*time.Millisecond), time.Duration(n)*slow)
	_, _ = fmt.Fprintf(out, "up to %d at once, for %d customers\n", ledger.most, len(ledger.last))
	if len(ledger.faults) > 0 {
		return fmt.Errorf("out of order: %v", ledger.faults)
	}
	_, _ = fmt.Fprintln(out, "each customer's payments were handled one at a time, and in their order")
	return nil
}
