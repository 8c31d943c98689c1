package container

import (
	"errors"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// join ends the committer's goroutine. That of a transactional consumer may be
// making a producer, or freeing one, which takes what handlers have not used,
// unless no broker answers.
func (c *consumer) join(b budget, until time.Time) bool {
	part := max(c.stop.left(b.commit), pumpWait)
	if c.tx == nil {
		return c.committer.quit(part)
	}
	close(c.committer.ending)
	return c.pumpCommit(c.committer.ended, part, until)
}

// closeLate closes a client that was left behind, once the client has given up
// the commit or the look-up: what stays is a member that nobody polls. The loop is over, so
// that this goroutine is now the one that may touch it.
func (c *consumer) closeLate() {
	<-c.committer.done
	for c.asking.Load() > 0 {
		timer := time.NewTimer(pumpWait)
		<-timer.C
	}
	c.closeClient()
}

// closeClient closes the client. Somebody may be asking it for its name right
// now, in which case it says that it is busy; that takes a moment at most.
func (c *consumer) closeClient() {
	err := c.client.Close()
	for errors.Is(err, broker.ErrBusy) {
		timer := time.NewTimer(time.Millisecond)
		<-timer.C
		err = c.client.Close()
	}
	c.clientFault("close", err)
}
