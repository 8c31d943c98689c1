package rdqueue

import (
	"fmt"
	"os"
	"syscall"
)

// newWake makes an eventfd: a counter, so that it is never full and one read empties it.
func newWake() (*wake, error) {
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return nil, fmt.Errorf("eventfd: %w", errno)
	}
	f := os.NewFile(fd, "eventfd")
	return &wake{fd: int(fd), r: f, w: f}, nil
}
