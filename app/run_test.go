package app_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/listener"
)

// childEnv makes the test binary one of children.
const childEnv = "HEARKEN_APP_TEST_CHILD"

const nobody = "127.0.0.1:1" // where no broker is

func say(line string) func() { return func() { fmt.Println(line) } }

// talking says when the application is up and when it begins to stop.
func talking() fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle) { lc.Append(fx.StartStopHook(say("up"), say("stopping"))) })
}

func onBilling(id string) fx.Option {
	return fx.Options(fx.Provide(newBilling), app.On(id, (*Billing).OnOrder, listener.Topics("orders")))
}

var children = map[string]func(){
	"clean": func() { app.New(alone("kafka.bootstrap-servers: "+nobody), onBilling("orders"), talking()).Run() },
	"faulty": func() {
		app.New(alone(""), onBilling("orders"), app.On("orders", (*Billing).OnOrder, listener.Factory("none")), talking()).Run()
	},
	"hook fails": func() {
		app.New(alone(""), fx.Invoke(func(lc fx.Lifecycle) {
			lc.Append(fx.StartHook(func() error { return fmt.Errorf("no database") }))
		})).Run()
	},
	"exit code": func() {
		app.New(alone(""), fx.Invoke(func(lc fx.Lifecycle, s fx.Shutdowner) {
			lc.Append(fx.StartHook(func() error { return s.Shutdown(fx.ExitCode(3)) }))
		})).Run()
	},
	"abandoned": func() {
		brokers := mock(child{}, "orders")
		produce(child{}, brokers, "orders", "one")
		app.New(
			fx.StopTimeout(patience), // by default 2 s are left to say what was abandoned
			alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}, listener: {shutdown-timeout: 1s}}"),
			app.Listen(listener.On("deaf", func(context.Context, listener.Record[string]) error {
				fmt.Println("up")
				select {} // does not look at its context
			}, listener.Topics("orders"))),
		).Run()
	},
	"second signal": func() {
		app.New(alone(""), talking(), fx.StopTimeout(patience), fx.Invoke(func(lc fx.Lifecycle) {
			lc.Append(fx.StartStopHook(func() {}, func(ctx context.Context) { fmt.Println("stopping"); <-ctx.Done() }))
		})).Run()
	},
}

// child is the tb of a child process.
type child struct{}

func (child) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }
func (child) FailNow()                          { os.Exit(99) }
func (child) Cleanup(func())                    {}

// A process is a running child.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

func run(t *testing.T, name string) *process {
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.cmd.Env = append(os.Environ(), childEnv+"="+name)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.lines = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	return p
}

func (p *process) reads(line string) {
	p.t.Helper()
	if !p.lines.Scan() {
		_ = p.cmd.Wait()
		require.FailNow(p.t, "the process ended before it said "+line, "stderr: %s", &p.stderr)
	}
	require.Equal(p.t, line, p.lines.Text())
}

func (p *process) signal(s os.Signal) { require.NoError(p.t, p.cmd.Process.Signal(s)) }

func (p *process) exits(code int) {
	p.t.Helper()
	_ = p.cmd.Wait()
	require.Equal(p.t, code, p.cmd.ProcessState.ExitCode(), "stderr: %s", &p.stderr)
}

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		play   func(*process)
		code   int
		stderr []string
	}{
		{"clean", func(p *process) { p.reads("up"); p.signal(syscall.SIGTERM); p.reads("stopping") }, 0, []string{"listener starting"}},
		{"faulty", func(*process) {}, 1, []string{`listener \"orders\" (app/run_test.go:`, "the application did not start"}},
		{"hook fails", func(*process) {}, 1, []string{"no database"}},
		{"exit code", func(*process) {}, 3, nil},
		{"undelivered", func(p *process) { p.reads("up"); p.signal(os.Interrupt) }, 1, []string{"closed with 1 records undelivered (orders: 1)"}},
		{"abandoned", func(p *process) { p.reads("up"); p.signal(os.Interrupt) }, 1, []string{"abandoned", "orders[0]"}},
		{"second signal", func(p *process) {
			p.reads("up")
			p.signal(syscall.SIGTERM)
			p.reads("stopping")
			p.signal(syscall.SIGTERM)
		}, 143, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := run(t, tt.name)
			tt.play(p)
			p.exits(tt.code)
			for _, want := range tt.stderr {
				require.Contains(t, p.stderr.String(), want)
			}
			t.Logf("stderr:\n%s", &p.stderr)
		})
	}
}
