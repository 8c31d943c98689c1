package factory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// replying puts the sending of replies around a handler that returns them, and
// checks the settings for it.
func (r *resolver) replying(l listener.Listener, h listener.HandlerFunc, s *spec.Settings, subject string) listener.HandlerFunc {
	fault := func(key, origin, problem, fix string) {
		r.faults.Add(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	if !l.Shape().Replies {
		for _, key := range []string{"reply-to", "reply-to-header", "reply-errors"} {
			k, _ := spec.Lookup(key)
			if _, origin := k.Get(s); origin != "" {
				fault(key, origin, "means nothing here: "+l.Shape().String()+" does not reply", "remove it, or declare the listener with OnRequest")
			}
		}
		return h
	}
	if s.ReplyTo.V == "" && len(s.ReplyToHeader.V) == 0 {
		fault("reply-to", s.ReplyTo.Origin, "nothing says where the replies go",
			"add listener.ReplyTo(topic), or listener.ReplyToHeader with patterns of the topics that requests may name")
	}
	rules := listener.ReplyRules{To: s.ReplyTo.V, Errors: s.ReplyErrors.V, Allowed: r.allowed(s.ReplyToHeader, subject)}
	rules.Codec, _ = s.Codec.V.(listener.Encoder)
	if to := s.ReplyTo; to.V != "" {
		switch {
		case !spec.LegalTopic.MatchString(to.V) || to.V == "." || to.V == "..":
			fault("reply-to", to.Origin, shown(to)+" can't be the name of a topic", "choose letters, digits, dots, underscores and hyphens")
		case slices.Contains(s.Topics.V, to.V), slices.ContainsFunc(s.Partitions.V, func(p string) bool { return strings.HasPrefix(p, to.V+"[") }):
			fault("reply-to", to.Origin, shown(to)+" is a topic of the requests: each reply would be the next request", "choose another topic")
		}
	}
	return listener.Replying(rules)(h)
}

// allowed compiles patterns of topics.
func (r *resolver) allowed(v spec.Value[[]string], subject string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, text := range v.V {
		p, err := regexp.Compile("^(?:" + text + ")$")
		if err != nil || text == "" {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Key: "reply-to-header", Origin: v.Origin,
				Problem: hide(v, fmt.Sprintf("%q is no regular expression for topics", spec.Printable("", text)), text),
				Fix:     `write replies, or orders-replies-.*`,
			})
			continue
		}
		out = append(out, p)
	}
	return out
}
