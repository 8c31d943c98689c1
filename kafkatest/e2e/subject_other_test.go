//go:build !linux

package e2e

import "runtime"

func measure() usage { return usage{Goroutines: runtime.NumGoroutine()} }
