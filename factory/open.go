package factory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// askWithin is how long a cluster may take to answer about a group.
const askWithin = 10 * time.Second

// opener makes the client of one member. Files with secrets are read each
// time, so that a password that was changed is found.
func opener(s *spec.Settings, id string) func(int, func(int, string, string)) (broker.Consumer, error) {
	return func(index int, log func(level int, tag, text string)) (broker.Consumer, error) {
		config, err := spec.ResolveSecrets(memberConfig(*s, id, index))
		if err != nil {
			return nil, err
		}
		if s.Assignor.V == keepAssignor {
			ctx, cancel := context.WithTimeout(context.Background(), askWithin)
			defer cancel()
			if config[assignorProperty], err = keptAssignor(ctx, groupAssignor, *s, id); err != nil {
				return nil, err
			}
		}
		return broker.Open(broker.Params{Config: config, Reader: s.Reader.V, Log: log})
	}
}

type assignorCall = func(ctx context.Context, client map[string]string, group string) (string, error)

// keptAssignor returns what the members of the group use, so that one more can
// join them.
func keptAssignor(ctx context.Context, ask assignorCall, s spec.Settings, id string) (string, error) {
	client, err := spec.ResolveSecrets(clientConfig(s, id))
	if err != nil {
		return "", err
	}
	name, err := ask(ctx, client, s.GroupID.V)
	switch {
	case err != nil:
		return "", fmt.Errorf("assignor keep (%s): the group %q could not be asked what it uses: %w", s.Assignor.Origin, shown(s.GroupID), err)
	case name == "":
		return defaultAssignor, nil // nobody is there, so nobody has to be followed
	case slices.Contains([]string{defaultAssignor, "range", "roundrobin"}, name):
		return name, nil
	}
	return "", fmt.Errorf("assignor keep (%s): the members of group %q use %q, which this client does not have (it has cooperative-sticky, range and roundrobin); "+
		"let them use one of these first, range for example, or stop them and start this listener alone", s.Assignor.Origin, shown(s.GroupID), spec.Printable("", name))
}

// clasher says why a group does not take the listener's members in.
func clasher(s *spec.Settings, id string, ask assignorCall) func(context.Context) string {
	return func(ctx context.Context) string {
		theirs := "another assignor"
		client, err := spec.ResolveSecrets(clientConfig(*s, id))
		if err == nil {
			if name, askErr := ask(ctx, client, s.GroupID.V); askErr == nil && name != "" {
				theirs = spec.Printable("", name)
			}
		}
		return fmt.Sprintf("the members of group %q use %s, this listener %s (assignor, %s); set assignor to what they use (range,roundrobin, cooperative-sticky, or keep), "+
			"or wait until the last of them has left: see docs/migration.md", shown(s.GroupID), theirs, s.Assignor.V, s.Assignor.Origin)
	}
}

// groupDeleter deletes the group of a broadcast listener.
func groupDeleter(s *spec.Settings, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		client, err := spec.ResolveSecrets(clientConfig(*s, id))
		if err != nil {
			return err
		}
		return deleteGroup(ctx, client, s.GroupID.V)
	}
}
