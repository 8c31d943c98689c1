package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

const patience = 2 * time.Minute

// A program is a process of this example with a configuration of its own.
type program struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer

	mu    sync.Mutex
	lines []string
	done  chan struct{}
}

// command is the program with these settings, in a file of its own.
func command(t *testing.T, yaml string, env ...string) *exec.Cmd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "swap.yaml")
	require.NoError(t, os.WriteFile(file, []byte(yaml), 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, envProgram+"=1", "HEARKEN_CONFIG="+file)...)
	return cmd
}

func start(t *testing.T, yaml string) *program {
	t.Helper()
	p := &program{t: t, cmd: command(t, yaml), done: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	var err error
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, lines.Text())
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		_ = p.cmd.Wait()
	})
	return p
}

// saw waits until a handler began with a record.
func (p *program) saw(what string) {
	p.t.Helper()
	kafkatest.Eventually(p.t, patience, what, func() (bool, string) {
		text := "\n" + p.all() + "\n"
		return strings.Contains(text, "\n"+what+"\n"), text
	})
}

func (p *program) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// let lets so many handlers of a listener and partition return, one after the other.
func (p *program) let(which string, records int) {
	p.t.Helper()
	_, err := io.WriteString(p.in, strings.Repeat(which+"\n", records))
	require.NoError(p.t, err)
}

func (p *program) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
		require.NoError(p.t, p.cmd.Wait())
	case <-time.After(patience):
		p.t.Fatal("the program did not end")
	}
}

// A choice is what configuration says, and what is then seen from outside.
type choice struct {
	name            string
	orders, refunds string // the factories
	orderSteps      []step // four records
	refundSteps     []step
	members         int // of refunds
}

// A step is some records that are done in one go, and what is committed then.
type step struct {
	records   int
	committed int64
	after     time.Duration // not sooner than this
}

// silence is how long after the last record COUNT commits what is left over, even while
// the next handler runs. So the three that it counts go at once: one by one, a
// slow machine may take as long.
const silence = time.Second

var (
	counted = []step{{3, 3, 0}, {1, 4, silence}}
	manual  = []step{{1, -1, 0}, {1, -1, 0}, {1, -1, 0}, {1, 4, 0}}
	each    = []step{{1, 1, 0}, {1, 2, 0}, {1, 3, 0}, {1, 4, 0}}
)

var choices = []choice{
	{"counted and manual", "counted", "manual", counted, manual, 1},
	{"each and slow", "each", "slow", each, each, 2},
}

// TestSwap: one binary, two configurations. What a stranger sees changes:
// when offsets are committed, in which groups, how many members there are, and
// how many handlers run at once.
func TestSwap(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		before := checksum(t)
		t.Cleanup(func() { require.Equal(t, before, checksum(t), "the binary is the same") })
		for _, c := range choices {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				look(t, kafkatest.At(t, b.Brokers()), c)
			})
		}
		t.Run("never starts", func(t *testing.T) {
			t.Parallel()
			neverStarts(t, kafkatest.At(t, b.Brokers()))
		})
	})
}

func look(t *testing.T, b *kafkatest.Broker, c choice) {
	t.Helper()
	orders, refunds := topics(b)
	ordersGroup, refundsGroup := b.Unique("orders-"+c.orders), b.Unique("refunds-"+c.refunds)
	p := start(t, yaml(b, fmt.Sprintf("    orders: {topics: %s, group-id: %s, factory: %s}\n    refunds: {topics: %s, group-id: %s, factory: %s}\n",
		orders, ordersGroup, c.orders, refunds, refundsGroup, c.refunds)))
	b.WaitMembers(refundsGroup, c.members)
	walk(t, p, "orders", c.orderSteps, func() int64 { return committed(b, ordersGroup, orders) })
	walk(t, p, "refunds", c.refundSteps, func() int64 { return committed(b, refundsGroup, refunds) })
	b.Produce(refunds, kafkatest.Value("a").OnPartition(0), kafkatest.Value("b").OnPartition(1))
	end := b.LogEnds(refunds)
	both := []string{fmt.Sprintf("refunds 0 @%d", end[0]-1), fmt.Sprintf("refunds 1 @%d", end[1]-1)}
	if c.members == 2 {
		p.saw(both[0])
		p.saw(both[1])
	} else {
		only(t, p, both)
	}
	for _, which := range []string{"refunds 0", "refunds 1"} {
		p.let(which, 1)
	}
	p.saw(both[0])
	p.saw(both[1])
	b.WaitDone(refundsGroup, refunds)
	p.stop()
	b.WaitMembers(refundsGroup, 0)
}

// walk takes a listener through its records, and looks at what is committed all the while.
func walk(t *testing.T, p *program, id string, steps []step, committed func() int64) {
	t.Helper()
	record, was := 0, int64(-1)
	for _, s := range steps {
		p.saw(fmt.Sprintf("%s 0 @%d", id, record))
		require.Equal(t, was, committed(), "%s, while record %d runs", id, record)
		began := time.Now()
		p.let(id+" 0", s.records)
		record += s.records
		kafkatest.Eventually(t, patience, fmt.Sprintf("%s: %d after %d records", id, s.committed, record), func() (bool, string) {
			got := committed()
			require.Contains(t, []int64{was, s.committed}, got, "%s: after %d records nothing in between", id, record)
			return got == s.committed, fmt.Sprint(got)
		})
		require.GreaterOrEqual(t, time.Since(began), s.after, "%s: %d after %d records", id, s.committed, record)
		was = s.committed
	}
}

// only one of two handlers runs while nobody lets it return.
func only(t *testing.T, p *program, both []string) {
	t.Helper()
	running := func() (n int) {
		for _, what := range both {
			if strings.Contains(p.all()+"\n", what+"\n") {
				n++
			}
		}
		return n
	}
	kafkatest.Eventually(t, patience, "one of "+strings.Join(both, ", "), func() (bool, string) { return running() == 1, p.all() })
	<-time.After(500 * time.Millisecond)
	require.Equal(t, 1, running())
}

// neverStarts: with auto-startup off the program runs, and nobody joins.
func neverStarts(t *testing.T, b *kafkatest.Broker) {
	t.Helper()
	orders, refunds := topics(b)
	group := b.Unique("off")
	other := b.Unique("on")
	p := start(t, yaml(b, fmt.Sprintf("    orders: {topics: %s, group-id: %s}\n    refunds: {topics: %s, group-id: %s, auto-startup: false}\n", orders, other, refunds, group)))
	b.WaitMembers(other, 1)
	p.saw("orders 0 @0")
	require.Equal(t, "Dead", b.Group(group).State, "there is no such group")
	require.NotContains(t, p.all(), "refunds")
	p.let("orders 0", 4)
	p.stop()
}

// topics have four records each, in partition 0.
func topics(b *kafkatest.Broker) (orders, refunds string) {
	orders, refunds = b.NewTopic("orders", 1), b.NewTopic("refunds", 2)
	for _, topic := range []string{orders, refunds} {
		for i := range 4 {
			b.Produce(topic, kafkatest.Value(fmt.Sprint(i)).OnPartition(0))
		}
	}
	return orders, refunds
}

func yaml(b *kafkatest.Broker, listeners string) string {
	return fmt.Sprintf("kafka:\n  bootstrap-servers: '%s'\n  consumer: {auto-offset-reset: earliest, properties: {heartbeat.interval.ms: 300}}\n  listeners:\n%s",
		b.Brokers(), listeners)
}

func committed(b *kafkatest.Broker, group, topic string) int64 {
	if o, ok := b.Committed(group, topic)[0]; ok {
		return o
	}
	return -1
}

func checksum(t *testing.T) string {
	t.Helper()
	in, err := os.Open(os.Args[0])
	require.NoError(t, err)
	defer in.Close()
	h := sha256.New()
	_, err = io.Copy(h, in)
	require.NoError(t, err)
	return fmt.Sprintf("%x", h.Sum(nil))
}
