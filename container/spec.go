package container

import (
	"context"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A Spec is everything a container needs to run one listener. It is made by
// package factory, complete and checked, and is never changed afterwards.
type Spec struct {
	ID      string
	Group   string
	Factory string // "" for the default one
	Where   string // file:line of the listener's declaration
	Topics  []string
	Text    string   // every effective setting with its origin, one per line
	Notes   []string // what is allowed and seldom meant, one sentence each; in Text, too

	Shape        listener.Shape
	Handler      listener.HandlerFunc  // codecs bound, middleware applied
	Filters      []listener.FilterFunc // before all of that; what one does not keep is done
	ErrorHandler errorhandler.Handler
	// DeadLetter carries out errorhandler.DeadLetter verdicts; nil: such records are held.
	DeadLetter errorhandler.Recoverer

	AckMode    ackmode.Mode
	AckTime    time.Duration // 0 where it was not set and the mode does not need it
	AckCount   int
	Await      bool // commit: awaited
	Cumulative bool // ack-scope: cumulative
	Unacked    spec.Unacked
	AsyncAcks  bool

	Concurrency int
	Workers     int

	Ordering  spec.Ordering     // the zero value is OrderPartition
	NullQueue bool              // under OrderKey, records without a key wait for each other
	OrderKey  listener.OrderKey // instead of the records' own key, or nil
	CommitMap int               // characters of commit metadata, 0 for no map
	// Window is how many records of one partition may be held; 0 is 20 times MaxPollRecords.
	Window int
	// What the container may hold, over all partitions; 0 is no limit.
	InFlightRecords, InFlightBytes int

	// BatchSize is how many records a batch has at most, of those that wait in its
	// partition; 0: a batch is what was handed over together. With a BatchSize, one
	// that is not full waits for more until BatchLinger after its first record's arrival.
	BatchSize   int
	BatchLinger time.Duration

	MaxPollRecords  int
	MaxPollBytes    int
	MaxPollInterval time.Duration
	HandlerTimeout  time.Duration
	OnHang          spec.OnHang
	RevokeTimeout   time.Duration
	ShutdownTimeout time.Duration
	Reset           spec.Reset
	AutoStartup     bool

	// Partitions, where there are any, stand instead of Topics: no group
	// assignment, and each start begins at their positions.
	Partitions []spec.PartitionSet
	Rebalance  listener.RebalanceListener
	Start      spec.StartPolicy
	OnFatal    spec.OnFatal
	AuthRetry  time.Duration // before a client is made again that may not connect or read
	// How long without a record is reported as idle; 0 is never.
	IdleInterval, PartitionIdle time.Duration
	// DeleteGroup, if set, deletes the group after a clean stop.
	DeleteGroup func(context.Context) error
	// Clash, if set, is asked when the group refuses the assignor: whose it is,
	// ours, and the way out, in words. It ends with its context.
	Clash func(context.Context) string
	// Client is the configuration of the listener's clients; its client.id and
	// group.instance.id lack the member's number. It holds secrets, those of
	// files as they were when the Spec was made: it is for admin clients.
	Client ClientConfig

	// Sender is what the framework sends by, nil for nothing. A Shape that
	// replies needs one.
	Sender listener.Sender

	// Tx, if set, makes the listener transactional; the ack mode is RECORD or BATCH then.
	Tx *Tx

	// Retry, if set, is the listener of the retry topics. It is not started by
	// itself: it starts, stops, pauses and resumes with this one, and has its place
	// in the registry.
	Retry *Spec
	// NotBefore, if set, says when a record may be delivered for the first time;
	// the zero Time is at once. It must answer the same each time.
	NotBefore func(*listener.RawRecord) time.Time
	// Lends, which Around ends, says that nothing of the listener (its handler, codecs, filters, keys)
	// keeps, or gets to see, the *RawRecord of a record that was handled without an
	// error: chunks of such records are read into the same memory again.
	Lends bool
	// Tried, if set, is how often a record was delivered elsewhere before: by the
	// listener itself, or by the consumer of an earlier retry topic.
	Tried func(*listener.RawRecord) int
	// Arrive, if set, stands around Handler and everything that was put around that.
	Arrive listener.Middleware
	// Beside, if set, is called at each start, for what the listener needs
	// besides clients. ready is closed when its topics are there; nil never is. end
	// is called once, when the last of its consumers has closed.
	Beside func(emit func(event.Event)) (ready <-chan struct{}, end func())

	// Open makes the client of one group member. log receives the client's own
	// log lines (syslog level, tag, text) from a goroutine of its own.
	Open func(index int, log func(level int, tag, text string)) (broker.Consumer, error)
	// BaseContext, if set, derives the context of an assigned partition's handlers.
	BaseContext func(context.Context, listener.Invocation) context.Context
}
