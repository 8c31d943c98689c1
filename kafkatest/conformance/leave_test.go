package conformance

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestAMemberWithoutPartitionsClosesAtOnce where no join is under way: nothing is waited for.
func TestAMemberWithoutPartitionsClosesAtOnce(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Topics(1, "t"))
	member := func() *visitor {
		return visit(t, false, map[string]string{
			"bootstrap.servers": b.Brokers(), "partition.assignment.strategy": "cooperative-sticky",
		})
	}
	one := member()
	one.until("it has the partition", func() bool { return one.held == 1 })
	idle := member()
	idle.until("the group has answered", func() bool {
		one.c.Next(broker.Limits{Wait: 20 * time.Millisecond}, &one.turn)
		return idle.answered > 0
	})
	began := time.Now()
	require.NoError(t, idle.c.Close())
	require.Less(t, time.Since(began), 3*time.Second, "a join would be waited for until 3.5 s have passed")
}

// TestAMemberLeavesThatIsClosedWhileItJoins: the client keeps its leave for the
// join's end, which does not come once it is being closed. The group would wait
// for the session's.
func TestAMemberLeavesThatIsClosedWhileItJoins(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]kmsg.Key{"join": kmsg.JoinGroup, "sync": kmsg.SyncGroup} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := kafkatest.New(t, kafkatest.Topics(1, "t"))
			under := make(chan struct{})
			first := sync.OnceFunc(func() { close(under) })
			b.Cluster().ControlKey(int16(key), func(r kmsg.Request) (kmsg.Response, error, bool) {
				b.Cluster().KeepControl()
				if join, ok := r.(*kmsg.JoinGroupRequest); ok && join.MemberID == "" {
					return nil, nil, false // it is told its id, and asks again
				}
				b.Cluster().SleepControl(func() { first(); <-time.After(300 * time.Millisecond) })
				return nil, nil, false
			})
			v := visit(t, false, map[string]string{
				"bootstrap.servers": b.Brokers(), "partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": "60000",
			})
			v.until("a join is under way", func() bool {
				select {
				case <-under:
					return true
				default:
					return false
				}
			})
			require.NoError(t, v.c.Close())
			kafkatest.Eventually(t, 30*time.Second, "the member has left", func() (bool, string) {
				members := b.Members("g")
				return len(members) == 0, fmt.Sprint(members)
			})
		})
	}
}
