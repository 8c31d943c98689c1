package e2e

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func TestMain(m *testing.M) {
	if isWorker() {
		runWorker()
		return
	}
	if isSubject() {
		runSubject()
		return
	}
	// Most tests wait for brokers; a -parallel on the command line wins.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// patience is for what comes at some time, also on a machine that is very busy.
const patience = 2 * time.Minute

// quick makes members of a group come and go in tenths of a second.
var quick = map[string]any{
	"session.timeout.ms": "6000", "heartbeat.interval.ms": "200", "fetch.wait.max.ms": "50",
}

// A service is listeners on a broker, as a program without fx has them.
type service struct {
	t   testing.TB
	b   *kafkatest.Broker
	reg *container.Registry

	mu     sync.Mutex
	events []event.Event
}

// serve starts listeners that read from the beginning. It is stopped with the test.
func serve(t testing.TB, b *kafkatest.Broker, ls ...listener.Listener) *service {
	t.Helper()
	return serveWith(t, b, nil, ls...)
}

// serveWith adds configuration, by dotted keys.
func serveWith(t testing.TB, b *kafkatest.Broker, more map[string]any, ls ...listener.Listener) *service {
	t.Helper()
	return serveAt(t, b.Brokers(), b, more, ls...)
}

// serveAt connects the listeners elsewhere than where the test does.
func serveAt(t testing.TB, servers string, b *kafkatest.Broker, more map[string]any, ls ...listener.Listener) *service {
	t.Helper()
	s := &service{t: t, b: b}
	cfg, err := config.Load(config.Map(settings(servers, more)), config.Environ())
	require.NoError(t, err)
	s.reg, err = factory.Build(cfg, nil, ls, event.ObserverFunc(s.observe))
	require.NoError(t, err)
	require.NoError(t, s.reg.Start(context.Background()))
	t.Cleanup(s.close)
	return s
}

// propertiesKey replaces the quick client properties.
const propertiesKey = "kafka.consumer.properties"

func settings(brokers string, more map[string]any) map[string]any {
	properties := any(quick)
	if p, ok := more[propertiesKey]; ok {
		properties = p
	}
	consumer := map[string]any{"auto-offset-reset": "earliest", "properties": properties}
	values := map[string]any{"kafka": map[string]any{"bootstrap-servers": brokers, "consumer": consumer}}
	for k, v := range more {
		if k != propertiesKey {
			values[k] = v
		}
	}
	return values
}

func (s *service) observe(ev event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, ev)
}

func (s *service) close() {
	_ = s.reg.Stop(context.Background())
	s.reg.Close()
	if !s.t.Failed() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range s.events {
		if text := fmt.Sprintf("%T %+v", ev, ev); len(text) < 600 {
			s.t.Log(text)
		}
	}
}

func (s *service) container(id string) *container.Container {
	s.t.Helper()
	k, err := s.reg.Container(id)
	require.NoError(s.t, err)
	return k
}

// stop stops everything and returns how long that took.
func (s *service) stop() (time.Duration, error) {
	began := time.Now()
	err := s.reg.Stop(context.Background())
	return time.Since(began), err
}

// found returns the events of one type.
func found[E event.Event](s *service) []E {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []E
	for _, ev := range s.events {
		if x, ok := ev.(E); ok {
			out = append(out, x)
		}
	}
	return out
}

// waitFound waits for n events of one type and returns all that were told by
// then: observers hear of a fact after it, so a commit may be seen sooner.
func waitFound[E event.Event](s *service, n int) (all []E) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("%d times %T", n, *new(E)), func() (bool, string) {
		all = found[E](s)
		return len(all) >= n, fmt.Sprintf("%d so far", len(all))
	})
	return all
}

// eventually waits for a fact that an outsider can see.
func eventually(t testing.TB, why string, fact func() (bool, string)) {
	t.Helper()
	kafkatest.Eventually(t, patience, why, fact)
}

// a log collects what handlers saw.
type log[T any] struct {
	mu  sync.Mutex
	all []T
}

func (l *log[T]) add(v T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, v)
}

func (l *log[T]) list() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]T(nil), l.all...)
}

func (l *log[T]) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// wait waits until n were collected.
func (l *log[T]) wait(t testing.TB, n int) []T {
	t.Helper()
	eventually(t, fmt.Sprintf("%d handler calls", n), func() (bool, string) {
		got := l.len()
		return got >= n, fmt.Sprintf("%d calls so far", got)
	})
	return l.list()
}

// waitAssigned waits until the group is stable and has that many partitions
// assigned in all.
func waitAssigned(t testing.TB, b *kafkatest.Broker, group string, partitions int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d assigned partitions of %s", partitions, group), func() (bool, string) {
		n := 0
		for _, m := range b.Members(group) {
			n += m.Assigned()
		}
		return n == partitions, fmt.Sprintf("%d are", n)
	})
}

// waitDone waits until the group has committed all of topic, with the patience
// that a backlog takes on a busy machine. more, if not nil, is told on failure.
func waitDone(t testing.TB, b *kafkatest.Broker, group, topic string, more func() string) {
	t.Helper()
	ends := b.LogEnds(topic)
	eventually(t, "everything is committed", func() (bool, string) {
		committed := b.Committed(group, topic)
		for p, end := range ends {
			if end > 0 && committed[p] != end {
				instead := fmt.Sprintf("committed %v of %v", committed, ends)
				if more != nil {
					instead += "\n" + more()
				}
				return false, instead
			}
		}
		return true, ""
	})
}

// offset is the group's offset, -1 where there is none.
func offset(b *kafkatest.Broker, group, topic string, partition int32) int64 {
	if o, ok := b.Committed(group, topic)[partition]; ok {
		return o
	}
	return -1
}

func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(i)
	}
	return out
}
