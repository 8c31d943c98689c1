package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A subject is a service in a process of its own, which is this test binary
// again: what it leaves behind when it has stopped is counted, and nothing else
// runs there. It is told what to do through its stdin.
type subject struct {
	j   subjectJob
	out *os.File // of handler calls, as history reads it
	reg *container.Registry

	handled atomic.Int64 // by the listener of the job
	stormy  atomic.Bool
	silent  atomic.Int64 // stops whose last commit was not answered
	guests  sync.Map     // id of an added listener → *atomic.Int64, its calls

	mu     sync.Mutex
	faults []string // what must not happen, as handlers and events see it
	owner  map[string]int
}

type subjectJob struct {
	Brokers, Topic, Group, Log string
	Settings                   map[string]any
	// Meddles lets handlers command their own listener now and then.
	Meddles bool
}

// An order is one line of a subject's stdin, an answer one of its stdout.
type order struct {
	Do, ID, Topic string
	N             int
	For           time.Duration
	Broadcast     bool
}

type answer struct {
	Err    string
	Group  string
	Usage  usage
	Counts map[string]int
	Faults []string
}

const envSubject = "HEARKEN_E2E_SUBJECT"

func isSubject() bool { return os.Getenv(envSubject) != "" }

// chaosID is the listener that a subject begins with.
const chaosID = "chaos"

func runSubject() {
	ignore := goleak.IgnoreCurrent()
	s := &subject{owner: map[string]int{}}
	if err := s.open(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	orders, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		if orders.Decode(&o) != nil {
			os.Exit(0)
		}
		a, err := s.carryOut(o, ignore)
		if err != nil {
			a.Err = err.Error()
		}
		s.mu.Lock()
		a.Faults = append([]string(nil), s.faults...)
		s.mu.Unlock()
		if answers.Encode(a) != nil {
			os.Exit(2)
		}
	}
}

func (s *subject) open() (err error) {
	if err := json.Unmarshal([]byte(os.Getenv(envSubject)), &s.j); err != nil {
		return err
	}
	s.out, err = os.OpenFile(s.j.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return err
}

func (s *subject) carryOut(o order, ignore goleak.Option) (a answer, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	switch o.Do {
	case "start":
		return a, s.start(ctx)
	case "resize":
		return a, s.own().SetConcurrency(o.N)
	case "add":
		return s.add(o)
	case "calls": // of an added listener
		n, _ := s.guests.Load(o.ID)
		return answer{Counts: map[string]int{o.ID: int(n.(*atomic.Int64).Load())}}, nil
	case "remove":
		return a, s.reg.Remove(ctx, o.ID)
	case "storm":
		return s.storm(o)
	case "calm":
		return a, s.calm(ctx)
	case "stop":
		err = s.reg.Stop(ctx)
		s.reg.Close()
		err = errors.Join(err, leak(ignore))
		return answer{Usage: measure()}, err
	case "usage":
		return answer{Usage: measure()}, nil
	}
	return a, fmt.Errorf("no such order: %s", o.Do)
}

// leak waits for goroutines to end, goleak itself does so for half a second only.
func leak(ignore goleak.Option) (err error) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if err = goleak.Find(ignore); err == nil {
			return nil
		}
	}
	return err
}

// start makes the service anew and starts it.
func (s *subject) start(ctx context.Context) error {
	cfg, err := config.Load(config.Map(settings(s.j.Brokers, s.j.Settings)), config.Environ())
	if err != nil {
		return err
	}
	own := listener.On(chaosID, s.handle, listener.Topics(s.j.Topic), listener.GroupID(s.j.Group), factory.MaxPollRecords(50))
	s.reg, err = factory.Build(cfg, nil, []listener.Listener{own}, event.ObserverFunc(s.observe))
	if err != nil {
		return err
	}
	return s.reg.Start(ctx)
}

// own is the listener of the job. It is never removed.
func (s *subject) own() *container.Container {
	k, err := s.reg.Container(chaosID)
	if err != nil {
		panic(err)
	}
	return k
}

func (s *subject) observe(ev event.Event) {
	switch x := ev.(type) {
	case event.Dropped, event.CommitFailed, event.ConsumerFailed, event.Lost, event.GroupDeleted:
		fmt.Fprintf(os.Stderr, "%s %T %+v\n", time.Now().Format("05.000"), ev, ev)
	case event.Assigned, event.Revoked, event.ConsumerEnded:
		fmt.Fprintf(os.Stderr, "%s %T %+v\n", time.Now().Format("05.000"), ev, ev)
	case event.ListenerStopped:
		fmt.Fprintf(os.Stderr, "%s %T %+v\n", time.Now().Format("05.000"), ev, ev)
		if x.Err != nil || (len(x.Abandoned) > 0 && !unanswered(&container.StopError{Abandoned: x.Abandoned})) {
			s.fault("%s: stopped: %v, abandoned %v", x.Listener, x.Err, x.Abandoned)
		}
	}
}

func (s *subject) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// handle notes its beginning and its end, and takes a moment now and then.
func (s *subject) handle(ctx context.Context, r listener.Record[string]) error {
	s.enter(r, 1)
	defer s.enter(r, -1)
	n := s.handled.Add(1)
	if err := s.note("start", r); err != nil {
		return err
	}
	if n%64 == 0 {
		<-time.After(time.Millisecond)
	}
	if s.j.Meddles && n%201 == 0 {
		s.meddle(ctx, n)
	}
	return s.note("end", r)
}

// enter counts the handlers of a partition: two at once are a fault.
func (s *subject) enter(r listener.Record[string], by int) {
	tp := fmt.Sprintf("%s[%d]", r.Topic, r.Partition)
	s.mu.Lock()
	s.owner[tp] += by
	n := s.owner[tp]
	s.mu.Unlock()
	if n > 1 {
		s.fault("%d handlers of %s at once, at %d", n, tp, r.Offset)
	}
}

func (s *subject) note(what string, r listener.Record[string]) error {
	_, err := fmt.Fprintf(s.out, "%d %s %d %d\n", os.Getpid(), what, r.Partition, r.Offset)
	return err
}

// add takes a listener in that counts its calls.
func (s *subject) add(o order) (answer, error) {
	calls := new(atomic.Int64)
	opts := []listener.Option{listener.Topics(o.Topic)}
	if o.Broadcast {
		opts = append(opts, listener.Broadcast())
	}
	s.guests.Store(o.ID, calls)
	k, err := s.reg.Add(listener.On(o.ID, func(context.Context, listener.Record[string]) error {
		calls.Add(1)
		return nil
	}, opts...))
	if err != nil {
		return answer{}, err
	}
	return answer{Group: k.Group()}, nil
}
