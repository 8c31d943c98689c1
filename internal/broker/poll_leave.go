package broker

import (
	"fmt"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	leaveStep  = 20 * time.Millisecond  // between two looks at a join that is under way
	leaveSlack = 500 * time.Millisecond // that it may take beyond the others' heartbeats
)

// leaveIdle leaves the group for a member without partitions: the client's own
// Close tells the broker of a member that has some, and forgets one that has
// none (librdkafka skips its rejoin, and the leave with it). The group would wait
// session.timeout.ms for it: partitions that others had given up for it lie
// still, and so do commits behind a join.
//
// While a join is under way the client keeps an Unsubscribe for its end, and a
// Close forgets that. So the join is waited for, as long as it lasts where
// the other members are well; it may bring partitions.
func (p *poller) leaveIdle() {
	if p.owner == nil || p.alone || p.static || len(p.parts) > 0 {
		return
	}
	for until := time.Now().Add(p.leaver.within); len(p.parts) == 0; {
		if err := p.c.Unsubscribe(); err != nil {
			p.errs = append(p.errs, wrap(opClose, Partition{}, err))
			return
		}
		if !p.leaver.belongs(p.c) || time.Now().After(until) {
			return
		}
		if e, ok := p.c.Poll(millis(leaveStep)).(kafka.Error); ok {
			p.fail(wrap(opClose, Partition{}, e)) // it may say why the join does not end
		}
	}
}

// A leaver sees whether a client belongs to its group, from the metadata that
// the client gives away for transactions: it shows its member id nowhere else.
type leaver struct {
	nobody string        // the metadata of who never joined, in hex digits; "": do not look
	within time.Duration // how long to wait for a join
}

// newLeaver returns the leaver of a client with config. Only of the cooperative
// protocol the client forgets to leave.
func newLeaver(config kafka.ConfigMap) leaver {
	group, _ := config["group.id"].(string)
	if !isCooperative(config) || config["group.protocol"] == "consumer" {
		return leaver{}
	}
	nobody, err := kafka.NewTestConsumerGroupMetadata(group)
	if err != nil {
		return leaver{}
	}
	beats := 3 * time.Second // the default: others hear of a join with their next one
	text, _ := config["heartbeat.interval.ms"].(string)
	if ms, err := strconv.Atoi(text); err == nil {
		beats = time.Duration(ms) * time.Millisecond
	}
	return leaver{digits(nobody), beats + leaveSlack}
}

// belongs reports whether the client has a member id and a generation: one
// without the latter joins for the first time, and Close leaves for it.
func (l leaver) belongs(c *kafka.Consumer) bool {
	if l.nobody == "" {
		return false
	}
	meta, err := c.GetConsumerGroupMetadata()
	if err != nil {
		return false
	}
	const head = len("{") + 2*len("CGMDv2:0123") // a mark and the generation; the ids come after it
	now := digits(meta)
	return len(now) > len(l.nobody) && now[:head] != l.nobody[:head]
}

// digits are what can be seen of metadata.
func digits(meta *kafka.ConsumerGroupMetadata) string { return fmt.Sprintf("%x", *meta) }
