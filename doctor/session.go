package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A session is everything about the listeners that use one cluster in one way:
// with the same brokers and the same rights.
type session struct {
	doctor *doctor
	specs  []container.Spec       // to be looked at, at least one
	ours   []container.Spec       // all of the service on this cluster: none of them is a stranger
	client container.ClientConfig // of the first of them
	admin  broker.Admin

	cluster broker.Cluster
	names   []string // of all topics
	topics  map[string]broker.TopicDetail
	groups  map[string]broker.Group

	mu       sync.Mutex
	findings []Finding
}

// connections gathers the listeners by what they connect with.
func connections(specs []container.Spec, d *doctor) []*session {
	byKey := map[string]*session{}
	var all []*session
	for _, sp := range specs {
		key := connectionKey(sp.Client)
		s := byKey[key]
		if s == nil {
			s = &session{doctor: d, client: sp.Client, topics: map[string]broker.TopicDetail{}, groups: map[string]broker.Group{}}
			byKey[key] = s
			all = append(all, s)
		}
		s.ours = append(s.ours, sp)
		if d.wants(sp) {
			s.specs = append(s.specs, sp)
		}
	}
	return slices.DeleteFunc(all, func(s *session) bool { return len(s.specs) == 0 })
}

// connectionKey is what decides how a client connects, and as whom.
func connectionKey(client map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(client)) {
		for _, prefix := range []string{"bootstrap.", "metadata.broker.list", "security.", "ssl.", "sasl.", "socket.", "broker.", "enable.ssl", "enable.sasl"} {
			if strings.HasPrefix(name, prefix) {
				fmt.Fprintf(&b, "%q=%q ", name, client[name])
			}
		}
	}
	return b.String()
}

// run looks at everything that this session is about.
func (s *session) run(ctx context.Context) {
	connected := s.guarded("the cluster", func() error { return s.connect(ctx) })
	if s.admin == nil {
		return
	}
	defer s.admin.Close()
	if !connected {
		return
	}
	s.guarded("the list of topics", func() (err error) { s.names, err = s.admin.TopicNames(ctx); return err })
	s.guarded("the topics", func() error { return s.describeTopics(ctx) })
	s.eachGroup(ctx)
	s.guarded("the groups of this service", func() error { s.sharedGroups(); return nil })
	var checks sync.WaitGroup
	for _, sp := range s.specs {
		checks.Go(func() { s.listener(ctx, sp) })
	}
	s.settings(ctx)
	checks.Wait()
}

// listener runs the checks of one listener.
func (s *session) listener(ctx context.Context, sp container.Spec) {
	l := look{session: s, spec: sp}
	for name, check := range map[string]func(context.Context) error{
		"its topics": l.topics, "its group": l.group, "its offsets": l.offsets,
	} {
		if reason := attempt(func() error { return check(ctx) }); reason != "" {
			l.found("check-failed", name, values{"reason": reason})
		}
	}
}

// A look is the checks of one listener.
type look struct {
	*session
	spec container.Spec
}

func (l look) found(code, subject string, v values) {
	l.session.found(code, l.spec.ID, subject, v)
}

// describeTopics asks for all topics of all listeners at once.
func (s *session) describeTopics(ctx context.Context) error {
	wanted := map[string]bool{}
	for _, sp := range s.specs {
		for _, name := range s.topicsOf(sp) {
			wanted[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(wanted))
	described, err := s.admin.DescribeTopics(ctx, names)
	for _, t := range described {
		s.topics[t.Name] = t
	}
	return err
}

// eachGroup asks for the groups of all listeners.
func (s *session) eachGroup(ctx context.Context) {
	for _, sp := range s.specs {
		if _, ok := s.groups[sp.Group]; ok || sp.Group == "" {
			continue
		}
		s.guarded("group "+sp.Group, func() error {
			g, err := s.admin.Group(ctx, sp.Group)
			if isClass(err, broker.Auth) {
				g, err = broker.Group{Name: sp.Group, Allowed: broker.Operations{}}, nil
			}
			if err == nil {
				s.groups[sp.Group] = g
			}
			return err
		})
	}
}

// found notes a finding, with what must not be printed taken out.
func (s *session) found(code, listener, subject string, v values) {
	full := values{"brokers": s.client["bootstrap.servers"], "protocol": cmp.Or(s.client["security.protocol"], "plaintext")}
	maps.Copy(full, v)
	for name, value := range full {
		full[name] = s.redacted(value)
	}
	f := newFinding(code, listener, s.redacted(subject), full)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings = append(s.findings, f)
}

// redacted returns text without the secrets of the clients, and in one line.
func (s *session) redacted(text string) string {
	for _, sp := range s.specs {
		for name, secret := range sp.Client {
			if spec.IsSecret(name) {
				text = spec.Without(text, secret)
			}
		}
	}
	return spec.Printable("", text)
}

func (s *session) taken() []Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.findings
}

// guarded runs a check; what keeps it from being done is a finding.
func (s *session) guarded(what string, check func() error) bool {
	reason := attempt(check)
	if reason != "" {
		s.found("check-failed", "", what, values{"reason": reason})
	}
	return reason == ""
}

// attempt runs a check and returns what went wrong, a panic included.
func attempt(check func() error) (reason string) {
	defer func() {
		if p := recover(); p != nil {
			reason = fmt.Sprintf("the check itself failed: %v", p)
		}
	}()
	if err := check(); err != nil {
		return reasonOf(err)
	}
	return ""
}

// reasonOf is an error in the client's own words.
func reasonOf(err error) string {
	var ce *broker.ClientError
	if errors.As(err, &ce) {
		return ce.Op + ": " + ce.Text
	}
	return err.Error()
}

func isClass(err error, class broker.Class) bool {
	var ce *broker.ClientError
	return errors.As(err, &ce) && ce.Class == class
}

// share is a part of the time that ctx leaves.
func share(ctx context.Context, most time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(most, time.Until(deadline)/2)
	}
	return most
}

func isCode(err error, code int) bool {
	var ce *broker.ClientError
	return errors.As(err, &ce) && ce.Code == code
}
