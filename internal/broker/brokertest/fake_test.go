package brokertest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// loop runs Next of m until stop is closed, then closes m.
func loop(m *Member, topic string, got func(broker.Chunk), stop chan struct{}) *session {
	o := &session{owned: map[broker.Partition]uint64{}}
	if err := m.Subscribe([]string{topic}, o); err != nil {
		panic(err)
	}
	go func() {
		var turn broker.Turn
		for {
			select {
			case <-stop:
				m.Close()
				return
			default:
			}
			m.Next(broker.Limits{Wait: 100 * time.Millisecond, Records: 10}, &turn)
			for _, c := range turn.Chunks {
				got(c)
			}
		}
	}()
	return o
}

func TestFakeBalancesItsMembers(t *testing.T) {
	for _, style := range []string{"cooperative-sticky", "range"} {
		t.Run(style, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewCluster()
				c.CreateTopic("t", 4)
				open := func() *Member {
					m, err := c.Open(broker.Params{Config: map[string]string{"group.id": "g", "partition.assignment.strategy": style}})
					if err != nil {
						t.Fatal(err)
					}
					return m.(*Member)
				}
				stop := make(chan struct{})
				var ms []*Member
				for i, want := range []string{"[4]", "[2 2]", "[2 1 1]"} {
					ms = append(ms, open())
					loop(ms[i], "t", func(broker.Chunk) {}, stop)
					synctest.Wait()
					var n []int
					for _, m := range ms {
						n = append(n, len(m.Assigned()))
					}
					if got := fmt.Sprint(n); got != want {
						t.Errorf("%d members hold %s partitions, want %s", i+1, got, want)
					}
				}
				ms[0].Lose()
				synctest.Wait()
				total := 0
				for _, m := range ms {
					total += len(m.Assigned())
				}
				if total != 4 {
					t.Errorf("after Lose %d partitions are assigned, want 4", total)
				}
				close(stop)
				<-time.After(time.Second) // fake time stands still once the test has returned: let the loops end
			})
		})
	}
}

// fakeBackend runs the suite on a Cluster.
type fakeBackend struct {
	*Cluster
	topics int
}

func (f *fakeBackend) CreateTopic(_ testing.TB, partitions int) string {
	f.topics++
	name := fmt.Sprintf("t%d", f.topics)
	f.Cluster.CreateTopic(name, partitions)
	return name
}

func (f *fakeBackend) AddTopic(_ testing.TB, name string, partitions int) {
	f.Cluster.CreateTopic(name, partitions)
}

func (f *fakeBackend) DropTopic(_ testing.TB, name string) { f.DeleteTopic(name) }

func (f *fakeBackend) Trim(_ testing.TB, p broker.Partition, offset int64) { f.Cluster.Trim(p, offset) }

func (f *fakeBackend) Produce(_ testing.TB, p broker.Partition, recs ...listener.RawRecord) {
	f.Append(p, recs...)
}

func TestFakeConforms(t *testing.T) {
	for _, delay := range []time.Duration{0, 30 * time.Millisecond} {
		for _, c := range Cases() {
			t.Run(fmt.Sprint(c.Name, delay), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cluster := NewCluster()
					cluster.SetFetchDelay(delay)
					c.Run(t, &fakeBackend{Cluster: cluster})
				})
			})
		}
	}
}
