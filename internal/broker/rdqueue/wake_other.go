//go:build !unix

package rdqueue

import "errors"

// newWake fails: there is no descriptor here that both Go and the client can
// use. The poll reader serves.
func newWake() (*wake, error) {
	return nil, errors.New("this system has no descriptor that both Go and the client can wait on")
}

func (w *wake) wake() {}
