package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// A job is what a worker process, which is this test binary again, has to do.
type job struct {
	Brokers, Topic, Group, Mode, Log string
	Settings                         map[string]any
	Handler                          time.Duration
	// Early plants a bug: the handler returns at once, and its work is done
	// by a goroutine that nobody waits for.
	Early bool
	// Hang is an offset whose handler does not return; 0 is none (see kill_keys_test.go).
	Hang int64
	// Flaky is an offset that fails its first three attempts in each process; 0 is none (see kill_failing_test.go).
	Flaky int64
	// Copy is a topic that each record is sent on to, in the handler's transaction.
	Copy string
	// Plain is a loop on the bare client instead of a listener (see plain_test.go).
	Plain bool
	// Replies makes it a service that answers requests there (see request_test.go).
	Replies string
	// Twin is a transactional id's prefix: it sends by them until it fails (see twin_test.go).
	Twin string
}

// unhurried is the session of those that nobody kills: no stall of a busy machine outlasts it.
const unhurried = 45 * time.Second

// session gives those that have these settings a session of d. By the consumer
// protocol it is the broker's, and stays.
func session(settings map[string]any, d time.Duration) map[string]any {
	properties, ok := settings[propertiesKey].(map[string]any)
	if !ok {
		properties = quick
	}
	properties, all := maps.Clone(properties), maps.Clone(settings)
	if properties["group.protocol"] != "consumer" {
		properties["session.timeout.ms"] = fmt.Sprint(d.Milliseconds())
	}
	if all == nil {
		all = map[string]any{}
	}
	all[propertiesKey] = properties
	return all
}

// unhurried is the job of a worker that nobody kills. By the consumer protocol it
// is the same job: the session is the broker's (see session).
func (j job) unhurried() job {
	j.Settings = session(j.Settings, unhurried)
	return j
}

const envJob = "HEARKEN_E2E_JOB"

func isWorker() bool { return os.Getenv(envJob) != "" }

// runWorker serves until SIGTERM. It notes each handler call in its log before
// the record is done; a kill -9 loses nothing that was written.
func runWorker() {
	var j job
	if err := json.Unmarshal([]byte(os.Getenv(envJob)), &j); err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := j.run(ctx)
	cancel()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// readyLine says that a signal ends this process in order from now on: it is caught,
// and what serves has begun, so that it is stopped and not merely left undone.
const readyLine = "ready %d\n"

func ready() { fmt.Printf(readyLine, os.Getpid()) }

func (j job) run(ctx context.Context) error {
	out, err := os.OpenFile(j.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	work := j.work(ctx, func(what string, p int32, o int64) error {
		_, err := fmt.Fprintf(out, "%d %s %d %d\n", os.Getpid(), what, p, o)
		return err
	})
	switch {
	case j.Replies != "":
		ready()
		return j.answer(ctx)
	case j.Twin != "":
		ready()
		return j.sendAsTwin(ctx)
	case j.Plain:
		ready()
		return j.loop(ctx, work)
	case j.Copy == "":
		return j.serve(ctx, j.listener(work, listener.Topics(j.Topic), listener.GroupID(j.Group)))
	}
	tpl, err := template.New(template.Options{BootstrapServers: j.Brokers})
	if err != nil {
		return err
	}
	defer tpl.Close(context.Background())
	return j.serve(ctx, j.copier(tpl))
}

// work is what the handler does with a record. It notes its beginning and its end.
func (j job) work(ctx context.Context, note func(what string, p int32, o int64) error) func(listener.Record[string]) error {
	return func(r listener.Record[string]) error {
		if err := note("start", r.Partition, r.Offset); err != nil {
			return err
		}
		if j.Early {
			time.AfterFunc(j.Handler, func() { _ = note("end", r.Partition, r.Offset) })
			return nil
		}
		if j.Hang > 0 && r.Offset == j.Hang {
			<-ctx.Done()
			return ctx.Err()
		}
		if j.Flaky > 0 && r.Offset == j.Flaky {
			fmt.Printf("flaky %d %d %d\n", os.Getpid(), r.Attempt, time.Now().UnixNano())
			if r.Attempt < 4 {
				return errors.New("not yet")
			}
		}
		<-time.After(j.Handler)
		return note("end", r.Partition, r.Offset)
	}
}

// serve runs a listener until ctx ends.
func (j job) serve(ctx context.Context, l listener.Listener) error {
	cfg, err := config.Load(config.Map(settings(j.Brokers, j.Settings)), config.Environ())
	if err != nil {
		return err
	}
	observer := event.ObserverFunc(func(ev event.Event) {
		switch ev.(type) {
		case event.ListenerStarting:
			ready() // of a start that is under way, the end of ctx is the error
		case event.Assigned, event.Revoked, event.Lost, event.ConsumerFailed, event.ListenerStopped, event.CommitFailed, event.ClientError,
			event.TransactionAborted, event.TransactionIndeterminate, event.ProducerRebuilt, event.RecordFailed:
			fmt.Printf("%s %d %T %+v\n", time.Now().Format("05.000"), os.Getpid(), ev, ev)
		}
	})
	reg, err := factory.Build(cfg, nil, []listener.Listener{l}, observer)
	if err != nil {
		return err
	}
	return reg.Run(ctx)
}

// copier sends each record on.
func (j job) copier(tpl *template.Template) listener.Listener {
	return listener.On("copy", func(ctx context.Context, r listener.Record[string]) error {
		if j.Handler > 0 {
			<-time.After(j.Handler)
		}
		tpl.SendAsync(ctx, j.Copy, r.Key, r.Value)
		return nil
	}, listener.Topics(j.Topic), listener.GroupID(j.Group))
}

// listener has the shape that the job's mode asks for.
func (j job) listener(work func(listener.Record[string]) error, opts ...listener.Option) listener.Listener {
	if mode, err := ackmode.Parse(j.Mode); err == nil && mode.Row().By == ackmode.ByHandler {
		return listener.OnAck("worker", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			if err := work(r); err != nil {
				return err
			}
			return ack.Acknowledge()
		}, opts...)
	}
	return listener.On("worker", func(_ context.Context, r listener.Record[string]) error { return work(r) }, opts...)
}

// A process is a running worker.
type process struct {
	cmd  *exec.Cmd
	out  string // the file of what it says
	done chan struct{}
	err  error
}

func (j job) start(t *testing.T) *process {
	t.Helper()
	spec, err := json.Marshal(j)
	require.NoError(t, err)
	p := &process{cmd: exec.Command(os.Args[0]), out: j.Log + ".out", done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), envJob+"="+string(spec))
	out, err := os.OpenFile(p.out, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = dieWithParent()
	require.NoError(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		_ = out.Close()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// alive reports whether the process has not ended by itself.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill ends the process at once and waits for it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(sig))
}

// heeds waits until the process ends in order when it is told to: one that has
// only just been forked would die of the signal.
func (p *process) heeds(t *testing.T) {
	t.Helper()
	eventually(t, "the worker serves", func() (bool, string) {
		text, _ := os.ReadFile(p.out)
		return !p.alive() || strings.Contains(string(text), fmt.Sprintf(readyLine, p.pid())), tail(p.out, 10)
	})
}

// term asks the process to end, and returns how it did.
func (p *process) term(t *testing.T) error {
	t.Helper()
	p.heeds(t)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		t.Fatal("the worker did not end")
		return nil
	}
}

func tail(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
