package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A job is what a worker process, which is this test binary again, has to do.
type job struct {
	Brokers, Topic, Group, Mode, Log string
	Settings                         map[string]any
	Handler                          time.Duration
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
	defer cancel()
	if err := j.run(ctx); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func (j job) run(ctx context.Context) error {
	out, err := os.OpenFile(j.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	note := func(what string, p int32, o int64) error {
		_, err := fmt.Fprintf(out, "%d %s %d %d\n", os.Getpid(), what, p, o)
		return err
	}
	l := listener.On("worker", func(_ context.Context, r listener.Record[string]) error {
		if err := note("start", r.Partition, r.Offset); err != nil {
			return err
		}
		time.Sleep(j.Handler)
		return note("end", r.Partition, r.Offset)
	}, listener.Topics(j.Topic), listener.GroupID(j.Group))
	cfg, err := config.Load(config.Map(settings(j.Brokers, j.Settings)), config.Environ())
	if err != nil {
		return err
	}
	observer := event.ObserverFunc(func(ev event.Event) {
		switch ev.(type) {
		case event.Assigned, event.Revoked, event.Lost, event.ConsumerFailed, event.ListenerStopped, event.CommitFailed:
			fmt.Printf("%s %d %T %+v\n", time.Now().Format("05.000"), os.Getpid(), ev, ev)
		}
	})
	reg, err := factory.Build(cfg, nil, []listener.Listener{l}, observer)
	if err != nil {
		return err
	}
	return reg.Run(ctx)
}

// A process is a running worker.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

func (j job) start(t *testing.T) *process {
	t.Helper()
	spec, err := json.Marshal(j)
	require.NoError(t, err)
	p := &process{cmd: exec.Command(os.Args[0]), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), envJob+"="+string(spec))
	out, err := os.OpenFile(j.Log+".out", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
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

// term asks the process to end, and returns how it did.
func (p *process) term(t *testing.T) error {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		t.Fatal("the worker did not end")
		return nil
	}
}

// A history is what all workers of a log file did, per partition, in the order of writing.
type history struct{ starts, ends map[int32][]int64 }

func readHistory(t *testing.T, path string) history {
	t.Helper()
	h := history{map[int32][]int64{}, map[int32][]int64{}}
	in, err := os.Open(path)
	if os.IsNotExist(err) {
		return h
	}
	require.NoError(t, err)
	defer in.Close()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var pid int
		var what string
		var p int32
		var o int64
		if _, err := fmt.Sscanf(lines.Text(), "%d %s %d %d", &pid, &what, &p, &o); err != nil {
			continue // the last line of a killed process
		}
		if what == "start" {
			h.starts[p] = append(h.starts[p], o)
		} else {
			h.ends[p] = append(h.ends[p], o)
		}
	}
	return h
}

// missing returns the offsets below ends that no handler finished.
func (h history) missing(ends map[int32]int64) []string {
	var out []string
	for p, end := range ends {
		seen := map[int64]bool{}
		for _, o := range h.ends[p] {
			seen[o] = true
		}
		for o := range end {
			if !seen[o] {
				out = append(out, fmt.Sprintf("[%d]@%d", p, o))
			}
		}
	}
	return out
}

// redone returns how many handler calls of each partition were repetitions.
func (h history) redone() map[int32]int {
	out := map[int32]int{}
	for p, offsets := range h.starts {
		seen := map[int64]bool{}
		for _, o := range offsets {
			if seen[o] {
				out[p]++
			}
			seen[o] = true
		}
	}
	return out
}

func tail(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
