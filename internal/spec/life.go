package spec

import (
	"fmt"
	"strings"
	"time"
)

// A StartKind says what a start waits for.
type StartKind uint8

// The three values of `start`.
const (
	StartBackground StartKind = iota + 1 // for nothing
	StartWait                            // for an assignment; then it goes on all the same
	StartFail                            // for broker and topics; else it fails
)

// A StartPolicy is `start` with its time: "background", "wait 30s", "fail 10s".
type StartPolicy struct {
	Kind   StartKind
	Within time.Duration
}

// OnFatal says what a listener takes along when it ends by itself.
type OnFatal uint8

// The two values of `on-fatal`.
const (
	FatalListener OnFatal = iota + 1
	FatalApp
)

var (
	startWords = words[StartKind]{StartBackground: "background", StartWait: "wait", StartFail: "fail"}
	fatalWords = words[OnFatal]{FatalListener: "listener", FatalApp: "app"}
)

// String returns listener or app.
func (o OnFatal) String() string { return fatalWords.text(o) }

// Valid reports whether o is one of the constants.
func (o OnFatal) Valid() bool { return fatalWords.has(o) }

// ParseOnFatal reads listener or app.
func ParseOnFatal(s string) (OnFatal, error) { return fatalWords.parse(s) }

// Times of a start policy that names none.
const (
	startWait = 30 * time.Second
	startFail = 10 * time.Second
)

// String returns the policy as configuration spells it.
func (p StartPolicy) String() string {
	if p.Kind == StartBackground {
		return startWords.text(p.Kind)
	}
	return startWords.text(p.Kind) + " " + printDuration(p.Within)
}

// Valid reports whether p is one of the policies, with a time where it needs one.
func (p StartPolicy) Valid() bool {
	return startWords.has(p.Kind) && (p.Kind == StartBackground) == (p.Within == 0) && p.Within >= 0
}

// ParseStart reads "background", "wait 30s", "fail 10s"; the times may be left out.
func ParseStart(s string) (StartPolicy, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	kind, err := startWords.parse(word)
	rest = strings.TrimSpace(rest)
	switch {
	case err != nil || kind == StartBackground && rest != "":
		return StartPolicy{}, fmt.Errorf("%q is none of background, wait 30s, fail 10s", s)
	case kind == StartBackground:
		return StartPolicy{Kind: kind}, nil
	case rest == "" && kind == StartWait:
		return StartPolicy{kind, startWait}, nil
	case rest == "":
		return StartPolicy{kind, startFail}, nil
	}
	within, err := parseDuration(rest)
	if err == nil && within <= 0 {
		err = fmt.Errorf("%s is no time to wait", within)
	}
	return StartPolicy{kind, within}, err
}
