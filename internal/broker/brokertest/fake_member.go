package brokertest

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A Member is the fake of one client: a broker.Consumer, and the test's handle
// to it (Assign, Revoke, Lose, Emit).
type Member struct {
	c     *Cluster
	group *Group
	id    string
	conf  map[string]string
	wakes chan struct{}
	how   spec.Reader
	woken atomic.Bool // by Wake
	// fallback is why it is not what was asked for.
	fallback error
	busy     atomic.Bool // inside Next or Close
	calls    atomic.Int32

	// Guarded by c.mu.
	topics    []string
	owner     broker.Owner
	alone     bool                // Assign, not Subscribe
	wanted    *[]broker.Partition // what the last Assign asked for, until Next does it
	steps     []step
	errs      []error
	reads     map[broker.Partition]*read
	out       bool               // thrown out of the group: commits fail, until it joins again
	lost      bool               // AssignmentLost
	assigning []broker.Partition // inside Owner.Assigned: what it is told of
	closed    bool
	pauses    int
	misuse    []string
}

var _ broker.Consumer = (*Member)(nil)

// Open makes a client. Of p.Config it reads group.id (required), client.id,
// group.instance.id, auto.offset.reset (earliest, latest, error) and
// partition.assignment.strategy (cooperative-sticky unless set). It is a
// broker.Opener; the Consumer is a *Member.
func (c *Cluster) Open(p broker.Params) (broker.Consumer, error) {
	name := p.Config["group.id"]
	if name == "" {
		return nil, &broker.ClientError{Class: broker.Dead, Code: -186, Op: "open", Text: "group.id is not set"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	id := p.Config["client.id"]
	if id == "" {
		id = "member"
	}
	m := &Member{
		c: c, group: c.group(name), id: fmt.Sprintf("%s-%d", id, c.seq), conf: p.Config,
		wakes: make(chan struct{}, 1), how: p.Reader, reads: map[broker.Partition]*read{},
	}
	if m.how == spec.Queues && c.unreadable != nil {
		m.how, m.fallback = spec.Poll, c.unreadable
	}
	c.members = append(c.members, m)
	return m, nil
}

// Member opens a client of group that starts at the oldest record.
func (c *Cluster) Member(group string) *Member {
	m, err := c.Open(broker.Params{Config: map[string]string{"group.id": group, "auto.offset.reset": "earliest"}})
	if err != nil {
		panic(err)
	}
	return m.(*Member)
}

// Reading is what Params asked for: the fake behaves like either reader, but for
// Cluster.Unreadable.
func (m *Member) Reading() (spec.Reader, error) { return m.how, m.fallback }

// Holds reports whether m reads like the queue reader, to which a pause is free.
func (m *Member) Holds(p broker.Partition) bool {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return m.how == spec.Queues && m.reads[p] != nil
}

// Wake ends a Next that waits, of the queue reader.
func (m *Member) Wake() {
	if m.how == spec.Queues {
		m.woken.Store(true)
		m.wakeUp()
	}
}

// Subscribe joins the group. A topic that does not exist, or is denied, is
// reported by the next Next, as MissingTopic or Auth.
func (m *Member) Subscribe(topics []string, owner broker.Owner) error {
	if err := m.c.disturb(OpSubscribe, m).Err; err != nil {
		return err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	switch {
	case m.closed:
		return broker.ErrClosed
	case m.alone:
		return &broker.ClientError{Class: broker.Dead, Code: -173, Op: "subscribe", Text: "the consumer has partitions of its own already"}
	}
	m.topics, m.owner = slices.Clone(topics), owner
	for _, t := range topics {
		if isPattern(t) {
			continue
		}
		if err := m.c.fault("poll", t); err != nil {
			err.Text = "Subscribed topic not available: " + t + ": " + err.Text
			m.emit(err)
		}
	}
	m.join()
	return nil
}

// join makes m a member of its group. c.mu is held.
func (m *Member) join() {
	g := m.group
	if len(g.members) == 0 {
		s := m.conf["partition.assignment.strategy"]
		g.eager = s != "" && !strings.HasPrefix(s, "cooperative")
	}
	if id := m.conf["group.instance.id"]; id != "" {
		for _, o := range slices.Clone(g.members) {
			if o != m && o.conf["group.instance.id"] == id {
				o.fence()
			}
		}
	}
	m.out = false
	if !slices.Contains(g.members, m) {
		g.members = append(g.members, m)
	}
	g.changed()
}

// fence ends m because another member has its instance id. c.mu is held.
func (m *Member) fence() {
	m.emit(&broker.ClientError{Class: broker.FencedInstance, Code: 82, Op: "poll", Text: "Static consumer fenced by other consumer with same group.instance.id"})
	m.lose()
}

// wants reports whether m subscribes to topic. c.mu is held.
func (m *Member) wants(topic string) bool {
	return slices.ContainsFunc(m.topics, func(s string) bool { return matches(s, topic) })
}

// MemberID names the member: "<client.id>-<n>".
func (m *Member) MemberID() string { return m.id }

// AssignmentLost reports that the partitions belong to somebody else already.
func (m *Member) AssignmentLost() bool {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return m.lost || m.closed || len(m.assigning) > 0 && m.out
}

// Commit stores offsets for the group: of any partition, like Kafka does, but
// only while m is in the group, or has used Assign and the group has no members
// (else every offset fails as Fenced, code 25).
func (m *Member) Commit(offsets []broker.Offset) ([]broker.Offset, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	if len(offsets) == 0 {
		return nil, nil
	}
	f := m.c.disturb(OpCommit, m)
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if f.whole() != nil && !f.Done {
		return nil, f.Err
	}
	if !m.mayCommit() {
		return nil, &broker.ClientError{Class: broker.Fenced, Code: 25, Op: "commit", Text: "Broker: Unknown member"}
	}
	res := slices.Clone(offsets)
	for i, o := range res {
		if res[i].Err = m.c.faultAt(OpCommit, o.Partition); res[i].Err != nil {
			continue
		}
		if res[i].Err = f.at(o.Partition); res[i].Err == nil || f.Done {
			m.group.accept(m, o)
		}
	}
	return res, f.whole()
}

// enter begins a call that may come from any goroutine.
func (m *Member) enter() error {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if m.closed {
		return broker.ErrClosed
	}
	m.calls.Add(1)
	return nil
}

func (m *Member) leave() { m.calls.Add(-1) }

// Close leaves the group after Owner.Revoked (or Lost) for what is assigned.
// While a call is in flight it does nothing and returns broker.ErrBusy.
func (m *Member) Close() error {
	if !m.own("Close") {
		return broker.ErrBusy
	}
	defer m.busy.Store(false)
	m.c.mu.Lock()
	closed, owner := m.closed, m.owner
	m.c.mu.Unlock()
	if closed {
		return broker.ErrClosed
	}
	if m.calls.Load() > 0 {
		m.misused("Close beside Commit or a question")
		return broker.ErrBusy
	}
	f := m.c.disturb(OpClose, m)
	if owner != nil {
		m.giveBack()
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.closed = true
	m.c.members = slices.DeleteFunc(m.c.members, func(o *Member) bool { return o == m })
	m.group.remove(m)
	return f.Err
}

// own enters Next or Close. It is false when one of them is running already,
// in a callback or in another goroutine: the real client would crash.
func (m *Member) own(what string) bool {
	if m.busy.CompareAndSwap(false, true) {
		return true
	}
	m.misused(what + " inside or beside Next or Close")
	return false
}

// misused notes a breach of the contract.
func (m *Member) misused(what string) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.misuse = append(m.misuse, what)
}

// Misuse returns what the caller did against the contract of broker.Consumer,
// as texts: with the real client each could have crashed the process. Calls
// after Close are harmless and are not among them.
func (m *Member) Misuse() []string {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return slices.Clone(m.misuse)
}
