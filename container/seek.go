package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// What a seek answers besides.
var (
	// ErrNotAssigned: the partition is not assigned to this process (any more).
	ErrNotAssigned = errors.New("hearken: the partition is not assigned here: another member has it, or a rebalance is under way and a later try may do")
	// ErrNotRunning: the listener does not run.
	ErrNotRunning = errors.New("hearken: the listener is not running: Start it first")
)

// Seek moves a partition to another position: the next record that is
// delivered is the one there. It returns when that is so, or when ctx is done
// (then the seek may still happen). With the context of one of the listener's
// own handlers it asks for the seek and returns; what goes wrong is an event.
//
// What was settled before is committed first. Everything else that was delivered
// or fetched is forgotten: handlers that run go on, but what they settle does
// not count (ErrRevoked), and nothing starts before they have returned; records
// that wait for a redelivery come again only if they are at or after the new
// position. A partition that is paused stays so.
//
// The new position is not committed by itself: until something from there is
// settled, a restart or a rebalance goes on at the offset of before. Then the
// group's offset follows, also where it goes back.
//
// An offset outside of the log becomes the nearest end of it, with an event;
// with auto-offset-reset none it is an *OutOfRangeError. ErrNotAssigned and
// ErrNotRunning say what they say; a look-up that is not answered within five
// seconds is an error, and nothing was moved.
func (k *Container) Seek(ctx context.Context, topic string, partition int32, to listener.Position) error {
	tp := broker.Partition{Topic: topic, ID: partition}
	return k.seek(ctx, to, func(o broker.Partition) bool { return o == tp }, fmt.Sprintf("%s[%d]", topic, partition), movedOnce)
}

// SeekAll moves all partitions that are assigned now. See Seek; the errors of
// several consumers are joined, and some may have moved all the same.
func (k *Container) SeekAll(ctx context.Context, to listener.Position) error {
	return k.seek(ctx, to, func(broker.Partition) bool { return true }, "all partitions", errors.Join)
}

// movedOnce joins the answers of consumers about one partition. Between two consumers of
// this process both may be asked: the one that had it says that it has not, the one that has
// it has moved it.
func movedOnce(errs ...error) error {
	if slices.Contains(errs, nil) {
		return nil
	}
	return errors.Join(errs...)
}

// seek asks the consumers that have some of what matches, and joins what they answer.
func (k *Container) seek(ctx context.Context, to listener.Position, match func(broker.Partition) bool, what string, join func(...error) error) error {
	k.mu.Lock()
	state, members := k.state, k.members
	k.mu.Unlock()
	fail := func(err error) error {
		return fmt.Errorf("listener %s: seek of %s to %s: %w", k.spec.ID, what, to, err)
	}
	if state != Running {
		return fail(ErrNotRunning)
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	async := listener.Info(ctx).Listener == k.spec.ID
	jobs := seekJobs(members, to, match, async)
	if len(jobs) == 0 {
		return fail(ErrNotAssigned)
	}
	if async {
		return nil
	}
	errs := make([]error, len(jobs))
	for i, job := range jobs {
		errs[i] = job.wait(ctx)
	}
	if err := join(errs...); err != nil {
		return fail(err)
	}
	return nil
}

// seekJobs hands a job to each consumer that has some of the partitions.
func seekJobs(members []*member, to listener.Position, match func(broker.Partition) bool, async bool) []*seekJob {
	var jobs []*seekJob
	for _, m := range members {
		c := m.now.Load()
		if c == nil {
			continue
		}
		job := &seekJob{to: to, async: async, done: make(chan struct{})}
		for _, a := range *c.live.Load() {
			if match(a.tp) {
				job.moves = append(job.moves, move{tp: a.tp})
			}
		}
		if len(job.moves) > 0 && c.seeks.add(job) {
			jobs = append(jobs, job)
			c.nudge()
		}
	}
	return jobs
}

// A seekJob is one seek of one consumer's partitions. It goes from hand to
// hand: the loop takes it, a goroutine looks up, the committer fences, the loop
// moves.
type seekJob struct {
	to    listener.Position
	async bool // nobody waits for it
	moves []move
	state atomic.Int32

	lookup error // why there is no position

	done chan struct{}
	err  error // written before
}

// A move is what a job does to one partition.
type move struct {
	tp    broker.Partition
	start start
	old   *assignment
	from  int64 // next record for its first delivery, at the fence
}

// The states of a job, of which the first to leave seekAsked decides.
const (
	seekAsked int32 = iota
	seekBegun
	seekWithdrawn
)

// wait waits for the job, or withdraws it when ctx is done.
func (j *seekJob) wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		j.state.CompareAndSwap(seekAsked, seekWithdrawn)
		return ctx.Err()
	}
}

// A seekQueue is what users have asked a consumer to seek.
type seekQueue struct {
	mu     sync.Mutex
	jobs   []*seekJob
	closed bool
}

// add reports false where the consumer is ending.
func (q *seekQueue) add(job *seekJob) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.jobs = append(q.jobs, job)
	return true
}

func (q *seekQueue) take() *seekJob {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return nil
	}
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	return job
}

// close refuses later jobs and returns those that wait.
func (q *seekQueue) close() []*seekJob {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return q.jobs
}
