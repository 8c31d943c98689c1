package template_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/template"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// A fixture is a template over a fake cluster, in fake time.
type fixture struct {
	*template.Template
	t   *testing.T
	log *brokertest.Log

	mu     sync.Mutex
	events []event.Event
}

// run runs test in a bubble, and closes the template after it.
func run(t *testing.T, o template.Options, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{t: t, log: brokertest.NewLog()}
		o.Observe = func(ev event.Event) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.events = append(f.events, ev)
		}
		if o.Instance == "" {
			o.Instance = t.Name() // tests run side by side, and ids are unique per process
		}
		var err error
		f.Template, err = template.NewWith(o, f.log.Open)
		require.NoError(t, err)
		defer func() { _ = f.Close(context.Background()) }() // also where test ends by a failure
		test(f)
		_ = f.Close(t.Context())
		synctest.Wait()
		require.Zero(t, f.log.Live(), "producers that were not closed")
	})
}

// transactional are the options of a template whose ids are tx-<test>-<n>.
func transactional() template.Options { return template.Options{TransactionIDPrefix: "tx"} }

func (f *fixture) id(n string) string { return "tx-" + f.t.Name() + "-" + n }

// send sends a value and requires it to work.
func (f *fixture) send(ctx context.Context, value string) {
	f.t.Helper()
	_, err := f.Send(ctx, "orders", "k", value)
	require.NoError(f.t, err)
}

func (f *fixture) records() []string { return f.log.Records("orders") }

func found[E event.Event](f *fixture) []E {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []E
	for _, ev := range f.events {
		if e, ok := ev.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// within requires that fn takes at most d of fake time.
func within(t *testing.T, d time.Duration, fn func()) {
	t.Helper()
	began := time.Now()
	fn()
	require.LessOrEqual(t, time.Since(began), d)
}
