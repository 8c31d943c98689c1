//go:build unix

package java

import (
	"os/exec"
	"runtime"
	"syscall"
)

// A Process is a child in a process group of its own, so that an interrupt
// from the terminal does not reach it.
type Process struct {
	pid  int
	done chan struct{}
}

// Spawn starts cmd and waits for its end in a goroutine. That goroutine keeps
// the operating system's thread that forked, because Linux ties the child's
// death signal to the life of that thread, not of the process.
func Spawn(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	started := make(chan error, 1)
	p := &Process{done: make(chan struct{})}
	go func() {
		defer close(p.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// PID returns the child's number.
func (p *Process) PID() int { return p.pid }

// Done is closed when the child has ended and was reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended reports whether the child is dead and reaped.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Signal sends sig to the whole group, unless the child has ended: its number
// may then belong to somebody else.
func (p *Process) Signal(sig syscall.Signal) {
	if !p.Ended() {
		_ = syscall.Kill(-p.pid, sig) // it may end at this moment
	}
}
