//go:build unix

package agent

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// cpu is what this process has used: on a busy machine it tells more than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns the bytes of memory that this process has, 0 where /proc does not say.
func resident() float64 { return status("VmRSS:") * 1024 }

// threads returns how many threads the operating system has for this process, 0 where /proc does not say.
func threads() float64 { return status("Threads:") }

func status(field string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(field)); ok {
			words := bytes.Fields(rest)
			n, _ := strconv.ParseFloat(string(words[0]), 64)
			return n
		}
	}
	return 0
}
