package agent

import (
	"syscall"
	"time"
)

// doze sleeps by the kernel's clock.
func doze(d time.Duration) {
	if d <= 0 {
		return
	}
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil) // who is woken too early looks again
}
