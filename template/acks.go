package template

import (
	"fmt"
	"strings"
)

// Acks is how many brokers must have a record before it counts as written.
type Acks uint8

// The values of acks.
const (
	// AcksAll (the default; "all" or "-1"): all in-sync replicas have the
	// record. It survives the loss of any broker, as long as one replica that
	// was in sync lives; with min.insync.replicas=2 a lost broker loses nothing.
	AcksAll Acks = iota
	// AcksLeader ("1"): the partition's leader has the record in its page cache.
	// It is lost when the leader dies before a follower has fetched it, after
	// it was reported as written.
	AcksLeader
	// AcksNone ("0"): nobody is asked. "Sent" means handed to the network; no
	// offset is known, and a record that the broker refuses is lost unnoticed.
	AcksNone
)

// String returns the word of the configuration: all, 1, 0.
func (a Acks) String() string {
	switch a {
	case AcksAll:
		return "all"
	case AcksLeader:
		return "1"
	case AcksNone:
		return "0"
	}
	return fmt.Sprintf("acks(%d)", uint8(a))
}

// ParseAcks reads 0, 1, all or -1.
func ParseAcks(text string) (Acks, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "all", "-1":
		return AcksAll, nil
	case "1":
		return AcksLeader, nil
	case "0":
		return AcksNone, nil
	}
	return AcksAll, fmt.Errorf("acks is 0, 1, all or -1, not %q", text)
}
