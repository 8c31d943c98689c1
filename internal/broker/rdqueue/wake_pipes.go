//go:build unix

package rdqueue

import (
	"fmt"
	"os"
	"syscall"
)

// wake is a write of our own, from any goroutine, also after close. One that is
// full wakes as it is.
func (w *wake) wake() {
	if raw, err := w.w.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = syscall.Write(int(fd), one[:]) })
	}
}

// newPipe makes a wake of a pipe, whose ends Go has made non-blocking. A full
// pipe refuses the client's byte, which is no loss: it wakes as it is.
func newPipe() (*wake, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	out := &wake{r: r, w: w}
	raw, err := w.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { out.fd = int(fd) }) // Fd would make it blocking
	}
	if err != nil {
		out.close()
		return nil, fmt.Errorf("pipe: %w", err)
	}
	return out, nil
}
