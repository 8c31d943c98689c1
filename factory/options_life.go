package factory

import (
	"time"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// StartBackground makes a start wait for nothing: listeners come up by
// themselves when broker and topics are there. This is the default.
func StartBackground() Option { return start(spec.StartPolicy{Kind: spec.StartBackground}) }

// StartWait makes a start wait up to d for an assignment; then it goes on all the same.
func StartWait(d time.Duration) Option {
	return start(spec.StartPolicy{Kind: spec.StartWait, Within: d})
}

// StartFail makes a start fail where broker or topics are not there within d.
func StartFail(d time.Duration) Option {
	return start(spec.StartPolicy{Kind: spec.StartFail, Within: d})
}

// OnFatal says what a listener takes along that ends by itself. Defaults to ListenerEnds.
func OnFatal(what spec.OnFatal) Option {
	return with("on-fatal", what, func(s *spec.Settings) *spec.Value[spec.OnFatal] { return &s.OnFatal })
}

// IdleEventInterval asks for an event whenever the listener had no record for
// d. Defaults to 0: none.
func IdleEventInterval(d time.Duration) Option {
	return with("idle-event-interval", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.IdleInterval })
}

// IdlePartitionEventInterval asks for an event whenever a partition had no
// record for d. Defaults to 0: none.
func IdlePartitionEventInterval(d time.Duration) Option {
	return with("idle-partition-event-interval", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.PartitionIdle })
}

// AuthExceptionRetryInterval is the time after which a consumer is made again
// that may not connect, or may not read. Defaults to 30 s.
func AuthExceptionRetryInterval(d time.Duration) Option {
	return with("auth-exception-retry-interval", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.AuthRetry })
}

// OnRebalance hears of the partitions that come and go, on every listener of
// the factory that has no OnRebalance of its own.
func OnRebalance(l listener.RebalanceListener) Option {
	v := spec.Set[any](l, spec.Code(0))
	return spec.ForFactory("rebalance=listener.RebalanceListener", func(s *spec.Settings) { s.Rebalance = v })
}

func start(p spec.StartPolicy) Option {
	v := spec.Set(p, spec.Code(1))
	return spec.ForFactory("start="+p.String(), func(s *spec.Settings) { s.Start = v })
}
