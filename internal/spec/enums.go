package spec

import (
	"fmt"
	"strings"
	"time"
)

var (
	commitWords  = words[CommitStyle]{Awaited: "awaited", Pipelined: "pipelined"}
	scopeWords   = words[AckScope]{ScopeRecord: "record", ScopeCumulative: "cumulative"}
	resetWords   = words[Reset]{Earliest: "earliest", Latest: "latest", NoReset: "none"}
	orderWords   = words[Ordering]{OrderPartition: "partition", OrderKey: "key", OrderNone: "none"}
	nullWords    = words[NullKey]{NullUnordered: "unordered", NullQueue: "queue"}
	readerWords  = words[Reader]{Poll: "poll", Queues: "queues"}
	hangWords    = words[OnHang]{HangLeaves: "leaves", HangStays: "stays"}
	jitterWords  = words[BackOffJitter]{JitterFull: "full", JitterNone: "none"}
	recoverWords = words[Recover]{RecoverHold: "hold", RecoverDeadLetter: "dead-letter", RecoverSkip: "skip", RecoverStop: "stop"}
	unackWords   = words[UnackedKind]{UnackedKeep: "keep", UnackedRedeliver: "redeliver", UnackedFail: "fail"}
)

// String returns awaited or pipelined.
func (c CommitStyle) String() string { return commitWords.text(c) }

// Valid reports whether c is one of the constants.
func (c CommitStyle) Valid() bool { return commitWords.has(c) }

// ParseCommitStyle reads awaited or pipelined.
func ParseCommitStyle(s string) (CommitStyle, error) { return commitWords.parse(s) }

// String returns record or cumulative.
func (a AckScope) String() string { return scopeWords.text(a) }

// Valid reports whether a is one of the constants.
func (a AckScope) Valid() bool { return scopeWords.has(a) }

// ParseAckScope reads record or cumulative.
func ParseAckScope(s string) (AckScope, error) { return scopeWords.parse(s) }

// String returns earliest, latest or none.
func (r Reset) String() string { return resetWords.text(r) }

// Valid reports whether r is one of the constants.
func (r Reset) Valid() bool { return resetWords.has(r) }

// ParseReset reads earliest, latest or none.
func ParseReset(s string) (Reset, error) { return resetWords.parse(s) }

// String returns partition, key or none.
func (o Ordering) String() string { return orderWords.text(o) }

// Valid reports whether o is one of the constants.
func (o Ordering) Valid() bool { return orderWords.has(o) }

// ParseOrdering reads partition, key or none.
func ParseOrdering(s string) (Ordering, error) { return orderWords.parse(s) }

// String returns unordered or queue.
func (n NullKey) String() string { return nullWords.text(n) }

// Valid reports whether n is one of the constants.
func (n NullKey) Valid() bool { return nullWords.has(n) }

// ParseNullKey reads unordered or queue.
func ParseNullKey(s string) (NullKey, error) { return nullWords.parse(s) }

// String returns poll or queues.
func (r Reader) String() string { return readerWords.text(r) }

// Valid reports whether r is one of the constants.
func (r Reader) Valid() bool { return readerWords.has(r) }

// ParseReader reads poll or queues.
func ParseReader(s string) (Reader, error) { return readerWords.parse(s) }

// String returns leaves or stays.
func (h OnHang) String() string { return hangWords.text(h) }

// Valid reports whether h is one of the constants.
func (h OnHang) Valid() bool { return hangWords.has(h) }

// ParseOnHang reads leaves or stays.
func ParseOnHang(s string) (OnHang, error) { return hangWords.parse(s) }

// String returns full or none.
func (j BackOffJitter) String() string { return jitterWords.text(j) }

// Valid reports whether j is one of the constants.
func (j BackOffJitter) Valid() bool { return jitterWords.has(j) }

// ParseBackOffJitter reads full or none.
func ParseBackOffJitter(s string) (BackOffJitter, error) { return jitterWords.parse(s) }

// String returns hold, dead-letter, skip or stop.
func (r Recover) String() string { return recoverWords.text(r) }

// Valid reports whether r is one of the constants.
func (r Recover) Valid() bool { return recoverWords.has(r) }

// ParseRecover reads hold, dead-letter, skip or stop.
func ParseRecover(s string) (Recover, error) { return recoverWords.parse(s) }

// String returns "keep", "redeliver 5s" or "fail".
func (u Unacked) String() string {
	if u.Kind == UnackedRedeliver {
		return "redeliver " + printDuration(u.After)
	}
	return unackWords.text(u.Kind)
}

// Valid reports whether u is one of the policies, with a delay that is none or positive.
func (u Unacked) Valid() bool { return unackWords.has(u.Kind) && u.After >= 0 }

// ParseUnacked reads "keep", "redeliver 5s" or "fail".
func ParseUnacked(s string) (Unacked, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	kind, err := unackWords.parse(word)
	rest = strings.TrimSpace(rest)
	switch {
	case err != nil || (kind == UnackedRedeliver) != (rest != ""):
		return Unacked{}, fmt.Errorf("%q is none of keep, redeliver 5s, fail", s)
	case kind != UnackedRedeliver:
		return Unacked{Kind: kind}, nil
	}
	after, err := parseDuration(rest)
	if err == nil && after < 0 {
		err = fmt.Errorf("%s is a delay in the past", after)
	}
	return Unacked{Kind: kind, After: after}, err
}

// words are the spellings of an enumeration's constants, which count from 1.
type words[E ~uint8] map[E]string

func (w words[E]) text(e E) string {
	if text, ok := w[e]; ok {
		return text
	}
	return fmt.Sprintf("unknown (%d)", uint8(e))
}

func (w words[E]) has(e E) bool { _, ok := w[e]; return ok }

func (w words[E]) parse(s string) (E, error) {
	known := make([]string, 0, len(w))
	for e := E(1); int(e) <= len(w); e++ {
		if strings.EqualFold(strings.TrimSpace(s), w[e]) {
			return e, nil
		}
		known = append(known, w[e])
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(known, ", "))
}

// printDuration prints without zero parts: 5m, not 5m0s.
func printDuration(d time.Duration) string {
	text := d.String()
	if d >= time.Minute && strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if d >= time.Hour && strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
