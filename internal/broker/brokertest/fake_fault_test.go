package brokertest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

func TestFaultsDelayHangAndFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		s := open(t, &fakeBackend{Cluster: c}, "g")
		c.CreateTopic("t", 2)
		s.join("t", 2)
		p, q := part("t", 0), part("t", 1)
		at := func(p broker.Partition, n int64) []broker.Offset {
			return []broker.Offset{{Partition: p, Offset: n}}
		}
		bad, release := errors.New("bad"), make(chan struct{})

		c.Inject(Fault{Op: OpCommit, Count: 1, Err: bad})
		if _, err := s.c.Commit(at(p, 1)); err != bad || c.Group("g").Committed(p).Offset != broker.None {
			t.Errorf("a failed commit: %v, %+v", err, c.Group("g").Committed(p))
		}
		c.Inject(Fault{Op: OpCommit, Count: 1, Err: bad, Done: true})
		if _, err := s.c.Commit(at(p, 2)); err != bad || c.Group("g").Committed(p).Offset != 2 {
			t.Errorf("a lost answer: %v, %+v", err, c.Group("g").Committed(p))
		}
		c.Inject(Fault{Op: OpCommit, Count: 1, Err: bad, Parts: []broker.Partition{q}})
		res, err := s.c.Commit(append(at(p, 3), at(q, 3)...))
		if err != nil || res[0].Err != nil || res[1].Err != bad || c.Group("g").Committed(q).Offset != broker.None {
			t.Errorf("a fault of one partition: %+v, %v", res, err)
		}
		remove := c.Inject(Fault{Op: OpCommit, Delay: time.Second, Block: release})
		start := time.Now()
		go func() { <-time.After(time.Minute); close(release) }()
		if _, err := s.c.Commit(at(p, 4)); err != nil || time.Since(start) != time.Minute {
			t.Errorf("a hanging commit: %v after %v", err, time.Since(start))
		}
		remove()
		c.Group("g").CheckMonotonic(t)
		if n := len(c.Group("g").Commits()); n != 3 {
			t.Errorf("%d commits in the history, want 3", n)
		}
	})
}

func TestLosingTheAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 1)
		s := open(t, &fakeBackend{Cluster: c}, "g").join("t", 1)
		first, p := s.epoch, part("t", 0)
		s.c.(*Member).ExceedPoll()
		_, err := s.c.Commit([]broker.Offset{{Partition: p, Offset: 1}})
		if e, ok := err.(*broker.ClientError); !ok || e.Class != broker.Fenced || !s.c.AssignmentLost() {
			t.Errorf("a commit after the loss: %v, lost %v", err, s.c.AssignmentLost())
		}
		s.until("it is assigned again", func() bool { return len(s.owned) == 1 && s.epoch > first })
		if !s.hasError(broker.PollExceeded) || s.c.AssignmentLost() {
			t.Errorf("errors %v, lost %v", s.errs, s.c.AssignmentLost())
		}
		if _, err := s.c.Commit([]broker.Offset{{Partition: p, Offset: 1}}); err != nil {
			t.Error(err)
		}
	})
}

func TestManualGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 2)
		c.Group("g").Manual()
		s := open(t, &fakeBackend{Cluster: c}, "g")
		s.subscribe("t")
		m := s.c.(*Member)
		s.quiet()
		if len(s.owned) != 0 {
			t.Fatalf("a manual group assigned %v", s.owned)
		}
		m.Give(part("t", 1))
		s.next()
		m.Give(part("t", 0))
		m.Revoke(part("t", 1))
		s.next()
		if len(s.owned) != 1 || len(m.Assigned()) != 1 || m.Assigned()[0] != part("t", 0) {
			t.Errorf("owned %v, assigned %v", s.owned, m.Assigned())
		}
		m.Revoke()
		s.next()
		if len(s.owned) != 0 {
			t.Errorf("after Revoke of all %v is owned", s.owned)
		}
	})
}

func TestTheWaitOfNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 1)
		s := open(t, &fakeBackend{Cluster: c}, "g").join("t", 1)
		s.limits.Wait = time.Minute
		start := time.Now()
		s.next()
		if time.Since(start) != time.Minute {
			t.Errorf("Next without anything took %v", time.Since(start))
		}
		start = time.Now()
		go func() { <-time.After(time.Second); c.Produce("t", 0, "k", "v") }()
		s.next()
		if time.Since(start) != time.Second || len(s.got[part("t", 0)]) != 1 {
			t.Errorf("Next took %v and brought %d records", time.Since(start), len(s.got[part("t", 0)]))
		}
	})
}

func TestMisuseIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 1)
		s := open(t, &fakeBackend{Cluster: c}, "g").join("t", 1)
		release := make(chan struct{})
		c.Inject(Fault{Op: OpCommit, Block: release})
		go s.c.Commit([]broker.Offset{{Partition: part("t", 0), Offset: 1}})
		synctest.Wait()
		if err := s.c.Close(); err != broker.ErrBusy || len(s.c.(*Member).Misuse()) != 1 {
			t.Errorf("Close beside Commit: %v, noted %v", err, s.c.(*Member).Misuse())
		}
		close(release)
		synctest.Wait()
	})
}

func TestOutOfRangeAndGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster()
		c.CreateTopic("t", 1)
		p := part("t", 0)
		c.Fill("t", 0, 3)
		c.Skip(p, 2)
		c.Fill("t", 0, 3)
		c.Trim(p, 2)
		c.Group("g").SetCommitted(broker.Offset{Partition: p, Offset: 1})
		s := open(t, &fakeBackend{Cluster: c}, "g").join("t", 1)
		var offsets []int64
		for _, r := range s.count(p, 4) {
			offsets = append(offsets, r.Offset)
		}
		if want := []int64{2, 5, 6, 7}; len(offsets) != 4 || offsets[0] != want[0] || offsets[1] != want[1] || offsets[3] != want[3] {
			t.Errorf("offsets %v, want %v", offsets, want)
		}
	})
}
