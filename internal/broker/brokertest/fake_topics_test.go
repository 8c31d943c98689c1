package brokertest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

func TestDeniedTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 1)
		c.CreateTopic("open", 1)
		c.Deny("t")
		p := part("t", 0)
		s := open(t, &fakeBackend{Cluster: c}, "g")
		s.subscribe("t")
		s.quiet()
		if len(s.owned) != 0 || !s.hasError(broker.Auth) {
			t.Errorf("a denied topic: owned %v, errors %v", s.owned, s.errs)
		}
		known, err := s.c.Topics([]string{"t"}, time.Second)
		all, _ := s.c.Topics(nil, time.Second)
		if err != nil || !isClass(known[0].Err, broker.Auth) || len(all) != 1 || all[0].Name != "open" {
			t.Errorf("Topics: %+v, %v; all: %+v", known, err, all)
		}
		ends, _ := s.c.LogEnd([]broker.Partition{p}, time.Second)
		done, _ := s.c.Commit([]broker.Offset{{Partition: p, Offset: 1}})
		if !isClass(ends[0].Err, broker.Auth) || !isClass(done[0].Err, broker.Auth) {
			t.Errorf("LogEnd %+v, Commit %+v", ends, done)
		}
		c.Allow("t")
		s.until("it is assigned once it is allowed", func() bool { return len(s.owned) == 1 })
		c.Fill("t", 0, 3)
		s.count(p, 3)
		s.errs = nil
		c.Deny("t")
		s.until("it is taken away when it is denied", func() bool { return len(s.owned) == 0 })
		if !s.hasError(broker.Auth) {
			t.Errorf("errors %v", s.errs)
		}
	})
}

func TestFaultsOfTheQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 2)
		s := open(t, &fakeBackend{Cluster: c}, "g")
		m, bad := s.c.(*Member), errors.New("bad")
		ps := []broker.Partition{part("t", 0), part("t", 1)}
		for op, call := range map[Op]func() error{
			OpAssign:    func() error { return m.Assign(ps, s) },
			OpOffsetsAt: func() error { _, err := m.OffsetsAt(ps, time.Now(), time.Second); return err },
			OpLogStart:  func() error { _, err := m.LogStart(ps, time.Second); return err },
			OpTopics:    func() error { _, err := m.Topics(nil, time.Second); return err },
			OpSeek:      func() error { return m.Seek(broker.Offset{Partition: ps[0]}, 1) },
		} {
			c.Inject(Fault{Op: op, Err: bad, Count: 1, Delay: time.Second})
			if start := time.Now(); call() != bad || time.Since(start) != time.Second {
				t.Errorf("%s: the fault is not felt", op)
			}
		}
		c.Inject(Fault{Op: OpLogStart, Err: bad, Count: 1, Parts: ps[:1]})
		if got, err := m.LogStart(ps, time.Second); err != nil || got[0].Err != bad || got[1].Err != nil {
			t.Errorf("a fault of one partition: %+v, %v", got, err)
		}
		c.Inject(Fault{Op: OpTopics, Err: bad, Count: 1, Parts: []broker.Partition{part("u", -1)}})
		if got, err := m.Topics([]string{"t", "u"}, time.Second); err != nil || got[0].Err != nil || !isClass(got[1].Err, broker.MissingTopic) {
			t.Errorf("Topics: %+v, %v", got, err)
		}
		c.Inject(Fault{Op: OpTopics, Err: bad, Count: 1, Parts: []broker.Partition{part("t", -1)}})
		if got, err := m.Topics([]string{"t"}, time.Second); err != nil || got[0].Err != bad {
			t.Errorf("a fault of one topic: %+v, %v", got, err)
		}
	})
}
