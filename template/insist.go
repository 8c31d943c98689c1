package template

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

const (
	// retryPause is how long a transactional call that was answered "again" is not repeated.
	retryPause = 20 * time.Millisecond
	// grace is how long past its limit the client may take to come back.
	grace = 2 * time.Second
)

// insist makes a transactional call until it is answered otherwise than
// "again", or until limit is over.
func insist(limit time.Duration, call func(time.Duration) error) error {
	end := time.Now().Add(limit)
	for {
		err := bounded(time.Until(end), call)
		pe, ok := errors.AsType[*broker.ProducerError](err)
		if !ok || pe.Fatal || pe.Abort || !pe.Retriable || time.Until(end) <= retryPause {
			return err
		}
		_ = pause(context.Background(), retryPause)
	}
}

// bounded keeps a client that does not keep its limit from holding the caller.
// The call goes on by itself; closing the producer waits for it.
func bounded(limit time.Duration, call func(time.Duration) error) error {
	answer := make(chan error, 1)
	go func() { answer <- call(limit) }()
	timer := time.NewTimer(limit + grace)
	defer timer.Stop()
	select {
	case err := <-answer:
		return err
	case <-timer.C:
		return fmt.Errorf("the client did not come back within %s", (limit + grace).Round(time.Millisecond))
	}
}
