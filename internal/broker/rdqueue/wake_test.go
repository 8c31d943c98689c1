//go:build unix

package rdqueue

import (
	"testing"
	"time"
)

func TestWake(t *testing.T) {
	for name, open := range map[string]func() (*wake, error){"default": newWake, "pipe": newPipe} {
		t.Run(name, func(t *testing.T) {
			w, err := open()
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			w.wait(20 * time.Millisecond)
			if d := time.Since(begin); d < 20*time.Millisecond {
				t.Errorf("nobody wrote, and it waited %v", d)
			}
			w.wait(0)
			for range 100_000 { // more than a pipe holds: it never blocks
				w.wake()
			}
			begin = time.Now()
			w.wait(time.Minute)
			if time.Since(begin) > 10*time.Second {
				t.Error("a wake before the wait is lost")
			}
			done := make(chan struct{})
			go func() { w.wait(time.Minute); close(done) }()
			for woken := false; !woken; {
				w.wake()
				select {
				case <-done:
					woken = true
				default:
				}
			}
			w.close()
			w.wake()
			w.wait(time.Minute) // at once
		})
	}
}
