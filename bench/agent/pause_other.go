//go:build unix && !linux

package agent

import "time"

func doze(d time.Duration) { time.Sleep(d) }
