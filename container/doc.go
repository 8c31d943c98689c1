// Package container is the engine: it runs one listener with a number of
// consumers in one group.
//
// Read loop.go first, then follow a record: loop.go (chunks from the client) →
// internal/ledger (book of delivered records) → worker.go → deliver.go (the
// handler) → settle.go (every outcome becomes one verdict) → internal/ledger
// (watermark) → policy.go (is a commit due?) → committer.go. The one way back
// is rebalance.go, which the client calls inside its poll.
//
// # The life of a listener
//
//	State     comes with                             ends with
//	Stopped   its registration, or a Stop            Start
//	Starting  Start: the clients are made; under     the clients and, under fail, the
//	          start: fail broker and topics are      topics are there; an error or a Stop
//	          asked for                              make it Stopped
//	Running   the first consumers                    Stop, Remove, or a FatalError
//	Stopping  Stop: drain, commit, leave             the last consumer's end
//	Failed    a FatalError (Err has the reason)      Start
//
// While it runs, a consumer that ends by an error is opened again: after 1 s,
// 2 s … 30 s, and after AuthRetry where it is not allowed to connect or read. What
// ends the whole listener is a Reason. Commands (Pause, SetConcurrency, Stop from
// a handler) set what is requested and return; Status shows what is reached.
//
// # Health
//
// The first reason that holds is a consumer's. A listener is down when all of
// its consumers are, degraded when some are, else as the worst of them.
//
//	Status    Reason
//	up        "" (all is well, also for some seconds without partitions)
//	up        paused by request (the listener, or some partitions)
//	up        idle member: the group has more consumers than partitions
//	degraded  starting: no partition was assigned yet
//	degraded  a rebalance is under way (no partitions for 10 s, topics are there)
//	degraded  waits for a topic that matches the pattern
//	degraded  waits for topic …, reads the others
//	degraded  the handler of … runs past its handler-timeout
//	degraded  orders[3] does not move: … (what Stalled said)
//	degraded  commits fail: …, transactions fail: … (for 10 s)
//	down      waits for topic … (no partitions for 10 s)
//	down      not allowed to read topic …
//	down      waits outside the group: its members use another assignor
//	down      no broker answers at …
//	down      not allowed: … (RetryAt says when the client is made again)
//	down      a handler hangs: … (the consumer has left its group)
//	down      the consumer ended and is opened again: …
//	down      ends: …, ended: … (a FatalError)
//	stopped   not started, auto-startup is off, did not start: …
//	stopped   stopping, stopped
package container
