package broker

import (
	"errors"
	"fmt"
	"time"
)

const (
	// retryPause is how long a transactional call that was answered "again" is not repeated.
	retryPause = 20 * time.Millisecond
	// insistGrace is how long past its limit the client may take to come back.
	insistGrace = 2 * time.Second
)

// Insist makes a transactional call until it is answered otherwise than
// "again", or until limit is over. A client that does not come back then is left behind.
func Insist(limit time.Duration, call func(time.Duration) error) error {
	end := time.Now().Add(limit)
	for {
		err := bounded(time.Until(end), call)
		pe, ok := errors.AsType[*ProducerError](err)
		if !ok || pe.Fatal || pe.Abort || !pe.Retriable || time.Until(end) <= retryPause {
			return err
		}
		timer := time.NewTimer(retryPause)
		<-timer.C
	}
}

// bounded keeps a client that does not keep its limit from holding the caller.
// The call goes on by itself; closing the producer waits for it.
func bounded(limit time.Duration, call func(time.Duration) error) error {
	answer := make(chan error, 1)
	go func() { answer <- call(limit) }()
	timer := time.NewTimer(limit + insistGrace)
	defer timer.Stop()
	select {
	case err := <-answer:
		return err
	case <-timer.C:
		return fmt.Errorf("the client did not come back within %s", (limit + insistGrace).Round(time.Millisecond))
	}
}
