package broker

import (
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	leaveWithin = 2 * time.Second       // for a join that is under way
	leaveStep   = 20 * time.Millisecond // between two looks at it
)

// leaveIdle leaves the group for a member without partitions: the client's own
// Close tells the broker of a member that has some, and forgets one that has
// none (librdkafka skips its rejoin, and the leave with it). The group would wait
// session.timeout.ms for it: partitions that others had given up for it lie
// still, and so do commits behind a join.
//
// While a join is under way the client keeps an Unsubscribe for later, which
// would not come in Close. So the join is waited for; it may bring partitions.
func (p *poller) leaveIdle() {
	if p.owner == nil || p.alone || p.static || len(p.parts) > 0 {
		return
	}
	for until := time.Now().Add(leaveWithin); len(p.parts) == 0; p.c.Poll(millis(leaveStep)) {
		if err := p.c.Unsubscribe(); err != nil {
			p.errs = append(p.errs, wrap(opClose, Partition{}, err))
			return
		}
		if !p.leaver.belongs(p.c) || time.Now().After(until) {
			return
		}
	}
}

// A leaver knows how the metadata of who is no member look: they have no member
// id, which the client shows nowhere else. The zero value takes everybody for one.
type leaver struct{ nobody *kafka.ConsumerGroupMetadata }

// newLeaver returns the leaver of a client with config: the zero value where
// the client leaves an idle member's group by itself, which it does but for the
// cooperative protocol.
func newLeaver(config kafka.ConfigMap) leaver {
	group, _ := config["group.id"].(string)
	if !isCooperative(config) || config["group.protocol"] == "consumer" {
		return leaver{}
	}
	nobody, err := kafka.NewTestConsumerGroupMetadata(group)
	if err != nil {
		return leaver{}
	}
	return leaver{nobody}
}

// belongs reports whether the group has this client among its members.
func (l leaver) belongs(c *kafka.Consumer) bool {
	if l.nobody == nil {
		return false
	}
	meta, err := c.GetConsumerGroupMetadata()
	return err == nil && size(meta) > size(l.nobody)
}

// size is how long the metadata are, in digits: they are not to be seen otherwise.
func size(meta *kafka.ConsumerGroupMetadata) int { return len(fmt.Sprintf("%x", *meta)) }
