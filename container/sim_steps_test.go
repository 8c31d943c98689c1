package container_test

import (
	"context"
	"runtime"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// step does one thing to the system.
func (s *sim) step() {
	n := s.nodes[s.n(len(s.nodes))]
	s.cluster.Fill(topic, int32(s.n(s.parts)), 1+s.n(15))
	ms := s.members()
	if s.moving && s.n(5) == 0 {
		s.seekBack(n)
		return
	}
	switch s.n(13) {
	case 0, 1:
		_ = n.k.Start(context.Background())
	case 2:
		go func() { _ = n.k.Stop(context.Background()) }()
	case 3:
		n.k.Pause()
	case 4, 5:
		n.k.Resume()
	case 6, 7:
		if s.losing && len(ms) > 0 {
			ms[s.n(len(ms))].Lose()
		}
	case 8:
		if len(ms) > 0 {
			ms[s.n(len(ms))].Emit(&broker.ClientError{Class: broker.Dead, Code: -150, Op: "poll", Text: "dead"})
		}
	case 9, 10, 11:
		s.disturb()
	default:
		_ = n.k.SetConcurrency(1 + s.n(3))
		s.parts = min(s.parts+1, 6)
		s.cluster.CreateTopic(topic, s.parts)
	}
}

// members are those who may be hit.
func (s *sim) members() []*brokertest.Member {
	if !s.alone {
		return s.group.Members()
	}
	n := s.nodes[0]
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []*brokertest.Member
	for _, c := range n.clients {
		out = append(out, c.Member)
	}
	return out[max(0, len(out)-3):] // the latest ones: others are closed
}

// disturb makes the next few commits slow, refused, partly refused, or
// unanswered; never slower than what a revoke waits for.
func (s *sim) disturb() {
	codes := []int{22, 25, 27, 113, 16, -180}
	f := brokertest.Fault{Op: brokertest.OpCommit, Count: 1 + s.n(6)}
	if s.slow {
		f.Delay = time.Duration(s.n(1400)) * time.Millisecond
	}
	if s.n(2) == 0 {
		f.Err = clientError(broker.Retriable, codes[s.n(len(codes))])
		f.Done = s.n(3) == 0
	}
	if s.n(2) == 0 {
		for id := range int32(1 + s.n(s.parts)) {
			f.Parts = append(f.Parts, part(id))
		}
	}
	s.cures = append(s.cures, s.cluster.Inject(f))
}

// heal ends all troubles and waits until there is nothing left to do.
func (s *sim) heal() {
	s.mu.Lock()
	s.healed = true
	s.mu.Unlock()
	for _, cure := range s.cures {
		cure()
	}
	s.pass(time.Minute) // stops have ended
	for _, n := range s.nodes {
		_ = n.k.Start(context.Background())
		n.k.Resume()
	}
	s.pass(5 * time.Minute)
	// What was never acknowledged comes back after a restart, and not before;
	// everything else needs none.
	if s.spec.AckMode.Row().By == ackmode.ByContainer || s.spec.Unacked.Kind != spec.UnackedKeep {
		s.checkCommitted()
	}
	for _, n := range s.nodes {
		_ = n.k.Stop(context.Background())
		_ = n.k.Start(context.Background())
	}
	s.pass(5 * time.Minute)
}

// close stops a node and looks at how it treated its clients.
func (n *node) close() {
	if n.k.Stop(context.Background()) != nil {
		n.s.fault("the last stop was not clean")
	}
	n.reg.Close()
	for _, c := range n.clients {
		for _, m := range c.Misuse() {
			n.s.fault("misuse: %s", m)
		}
		if c.gap > time.Second {
			n.s.fault("not polled for %s", c.gap)
		}
	}
}

// handle is every node's handler.
func (n *node) handle(ctx context.Context, d *listener.Delivery) error {
	n.begin(ctx, d)
	defer n.finish(d, *d.Records[0])
	s := n.s
	s.mu.Lock()
	healed := s.healed
	s.mu.Unlock()
	if healed {
		return s.settleAll(d)
	}
	manual := s.spec.AckMode.Row().By == ackmode.ByHandler
	switch what := s.n(30); {
	case what < 2: // slow
		wait(ctx, time.Duration(s.n(3000))*time.Millisecond)
	case what == 2 && s.n(3) == 0: // hung: deaf, and longer than twice its timeout
		wait(context.Background(), 20*time.Second)
	case what < 5:
		return s.part(d)
	case what == 5:
		panic("boom")
	case what == 6:
		runtime.Goexit()
	case what < 9 && manual:
		late := *d
		late.Records = append([]*listener.RawRecord(nil), d.Records...)
		go func() {
			wait(ctx, time.Duration(s.n(2000))*time.Millisecond)
			_ = s.settleAll(&late)
		}()
		return nil
	case what == 9:
		if manual {
			return nil // forgotten
		}
	}
	return s.settleAll(d)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// settleAll does the work and says so.
func (s *sim) settleAll(d *listener.Delivery) error {
	s.mark(d, len(d.Records))
	switch {
	case d.Ack != nil:
		return d.Ack.Acknowledge()
	case d.BatchAck != nil:
		return d.BatchAck.Acknowledge()
	default:
		return nil
	}
}

// part does a part of the work, and asks for the rest again, in some way.
func (s *sim) part(d *listener.Delivery) error {
	n, delay := s.n(len(d.Records)), time.Duration(s.n(2000))*time.Millisecond
	s.mark(d, n)
	switch way := s.n(3); {
	case d.Ack != nil && way > 0:
		return d.Ack.Nack(delay)
	case d.BatchAck != nil && way == 1:
		return d.BatchAck.NackFrom(n, delay)
	case d.BatchAck != nil && way == 2:
		if err := d.BatchAck.AcknowledgeFirst(n); err != nil {
			return err
		}
		return errBoom
	case s.batch && d.BatchAck == nil:
		return listener.FailedAt(n, errBoom)
	default:
		return errBoom
	}
}
