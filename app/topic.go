package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
)

// Topic declares a topic that the application needs; kafka.topics.NAME may say
// otherwise, and declares topics by itself. Declared topics are made before any
// OnStart hook that could send, and before the listeners start. One that exists gets
// partitions where it has too few; other differences are events, and settings are
// changed only where kafka.admin.modify-topic-configs is true. No other topic is ever made.
//
// kafka.admin.start says what happens while that can't be done, kafka.admin.auto-create: false
// leaves all of it out.
func Topic(name string, opts ...admin.TopicOption) fx.Option {
	t := admin.NewTopic(name, opts...).DeclaredAt(where())
	return declare(declared{subject: fmt.Sprintf("topic %q (%s)", name, t.Where())}, supply(t, inTopics))
}

// topics are those that are declared, and the work on them.
type topics struct {
	specs  []factory.TopicSpec
	admin  factory.AdminSpec
	modify bool
	policy spec.StartPolicy
	emit   func(event.Event)

	end  context.CancelFunc
	done chan struct{} // closed when all are there, or nobody tries any more
	err  error         // of the last attempt, once done is closed
	told map[string]bool
}

// topicsWait is how long a start waits for topics where nothing is said.
const topicsWait = 10 * time.Second

// declare checks what is declared.
func (t *topics) declare(cfg *config.Config, declared []admin.Topic) error {
	declared = slices.SortedFunc(slices.Values(declared), func(a, b admin.Topic) int {
		return compare(a.Name(), b.Name(), a.Where(), b.Where())
	})
	recipes := make([]factory.TopicRecipe, len(declared))
	for i, d := range declared {
		recipes[i] = d.Recipe()
	}
	specs, err := factory.TopicSpecs(cfg, recipes)
	settings := cfg.Admin()
	if err != nil || len(specs) == 0 || settings.AutoCreate.IsSet() && !settings.AutoCreate.V {
		return err
	}
	client, err := factory.NewAdminSpec(cfg)
	policy, fault := startOf(settings)
	if err != nil || fault != nil {
		return joined(fault, err)
	}
	t.specs, t.admin, t.modify, t.policy = specs, client, settings.ModifyTopicConfigs.V, policy
	return nil
}

// startOf is the policy of `start` and of Spring's fail-fast.
func startOf(s spec.Admin) (spec.StartPolicy, []*Fault) {
	if !s.FailFast.V {
		if s.Start.IsSet() {
			return s.Start.V, nil
		}
		return spec.StartPolicy{Kind: spec.StartWait, Within: topicsWait}, nil
	}
	fail := spec.StartPolicy{Kind: spec.StartFail, Within: topicsWait}
	switch {
	case !s.Start.IsSet() && s.OperationTimeout.IsSet():
		fail.Within = s.OperationTimeout.V
	case s.Start.IsSet() && s.Start.V.Kind != spec.StartFail:
		return fail, []*Fault{{
			Kind: factory.ErrContradiction, Key: "kafka.admin.start", Origin: s.Start.Origin,
			Problem: fmt.Sprintf("%s beside fail-fast (%s)", s.Start.V, s.FailFast.Origin), Fix: "remove one of them",
		}}
	case s.Start.IsSet():
		fail = s.Start.V
	}
	return fail, nil
}

// patience is how much longer a start may take for the topics.
func (t *topics) patience() time.Duration {
	if len(t.specs) == 0 {
		return 0
	}
	return t.policy.Within
}

// start makes the topics, and waits for them as the policy says.
func (t *topics) start(ctx context.Context, emit func(event.Event)) error {
	if len(t.specs) == 0 {
		return nil
	}
	var life context.Context
	life, t.end = context.WithCancel(context.WithoutCancel(ctx))
	t.emit, t.done, t.told = emit, make(chan struct{}), map[string]bool{}
	go t.work(life)
	if t.policy.Kind == spec.StartBackground {
		return nil
	}
	timer := time.NewTimer(t.policy.Within)
	defer timer.Stop()
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
	}
	if t.policy.Kind == spec.StartWait {
		return nil
	}
	t.end()
	<-t.done
	if t.err == nil {
		return nil // in the last moment
	}
	return fmt.Errorf("declared topics are not there after %s (kafka.admin.start): %w", t.policy.Within, t.err)
}

// The pauses between attempts.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
)

// work makes the topics, and tries until they are there or life ends.
func (t *topics) work(life context.Context) {
	defer close(t.done)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		t.err = t.attempt(life)
		if t.err == nil || life.Err() != nil {
			return
		}
		t.emit(event.TopicsPending{Err: t.err, Retry: pause})
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-life.Done():
			timer.Stop()
			return
		}
	}
}

// attempt does what can be done; what was told before is not told again.
func (t *topics) attempt(ctx context.Context) error {
	a, err := admin.Open(t.admin)
	if err != nil {
		return err
	}
	defer a.Close()
	done, err := a.DeclareSpecs(ctx, t.modify, t.specs)
	for _, ev := range done {
		if key := fmt.Sprintf("%T %v", ev, ev); !t.told[key] {
			t.told[key] = true
			t.emit(ev)
		}
	}
	return err
}

// stop ends the work on topics.
func (t *topics) stop(ctx context.Context) {
	if t.end == nil {
		return
	}
	t.end()
	select {
	case <-t.done:
	case <-ctx.Done():
	}
}
