package container

import (
	"context"
	"errors"
)

// Run starts the listeners, waits until ctx is done, every listener has ended
// by itself, or one has whose on-fatal is app, and stops them. It returns what
// the start, a listener that ended by itself, or the stop had to report.
func (r *Registry) Run(ctx context.Context) error {
	defer r.Close()
	if err := r.Start(ctx); err != nil {
		return err
	}
	all := r.Containers()
	ended := make(chan struct{})
	go func() {
		if allFailed(all) {
			close(ended)
		}
	}()
	select {
	case <-ctx.Done():
	case <-ended:
	case <-r.Fatal():
	}
	err := r.Stop(context.WithoutCancel(ctx))
	for _, k := range all {
		err = errors.Join(err, k.Err())
	}
	return err
}

// allFailed waits until every listener that was started has ended. It answers
// false where none was started, or one was stopped: somebody may start it again.
func allFailed(all []*Container) bool {
	some := false
	for _, k := range all {
		if done := k.Done(); done != nil {
			<-done
			if k.Err() == nil {
				return false
			}
			some = true
		}
	}
	return some
}
