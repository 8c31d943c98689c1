//go:build unix && !linux

package rdqueue

// newWake makes a pipe.
func newWake() (*wake, error) { return newPipe() }
