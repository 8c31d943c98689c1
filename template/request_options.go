package template

import (
	"cmp"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// ReplyOptions are what requests need. The listener that receives the replies
// is Template.Replies, which has to run.
type ReplyOptions struct {
	// Topic is where replies are to be sent. Every instance reads all of it, and
	// skips what answers others; it may be shared.
	Topic string
	// Partition is the one partition that replies are to be sent to, and the only one that
	// is read. It is for this instance alone: then no instance reads
	// the others' replies. Defaults to all.
	Partition *int32
	// Timeout is how long a request takes, sending included, where its context has no
	// deadline. Defaults to 5 s.
	Timeout time.Duration
	// MaxPending is how many requests may wait for replies at once; more wait to
	// be sent. Defaults to 10,000.
	MaxPending int
	// Codec decodes replies. Defaults to the choice by type.
	Codec listener.Codec
}

func (o ReplyOptions) withDefaults() ReplyOptions {
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	o.MaxPending = cmp.Or(o.MaxPending, 10_000)
	return o
}

// check returns all that is wrong.
func (o ReplyOptions) check() []error {
	var faults []error
	if o.Topic != "" {
		if err := checkTopic(o.Topic); err != nil {
			faults = append(faults, fmt.Errorf("the reply topic is %w", err))
		}
	}
	if o.Partition != nil && *o.Partition < 0 {
		faults = append(faults, fmt.Errorf("the reply partition is %d, which is negative", *o.Partition))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("the timeout of requests is %s, which is negative", o.Timeout))
	}
	if o.MaxPending < 0 {
		faults = append(faults, fmt.Errorf("max pending requests is %d, which is negative", o.MaxPending))
	}
	return faults
}
