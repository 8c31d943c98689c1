package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// An Admin asks and changes one cluster. Its methods are safe for concurrent
// use, end with their context, and answer *Error.
type Admin struct {
	c      broker.Manager
	within time.Duration

	mu   sync.Mutex
	said string // the last line of the client's log that says why nothing is answered
}

// defaultWithin is how long a call may take whose context has no deadline.
const defaultWithin = 30 * time.Second

// New makes an Admin of kafka.admin over kafka.*. It connects when it is first
// asked. The error joins all faults, those of cfg among them. A call takes
// kafka.admin.operation-timeout at most, 30 s by default, and less where its context says so.
func New(cfg *config.Config) (*Admin, error) {
	if faults := cfg.Faults(); len(faults) > 0 {
		var all spec.Faults
		for _, f := range faults {
			all.Add(f)
		}
		return nil, all.Err()
	}
	s, err := factory.NewAdminSpec(cfg)
	if err != nil {
		return nil, err
	}
	return Open(s)
}

// Open makes an Admin of what package factory has checked. Secrets are read from
// their files.
func Open(s factory.AdminSpec) (*Admin, error) { return open(s.Client, s.OperationTimeout) }

// Connect makes an Admin of client properties, by librdkafka's names:
// "bootstrap.servers" and what belongs to it. Properties of consumers are left out.
func Connect(properties map[string]string) (*Admin, error) {
	return open(maps.Clone(properties), 0)
}

func open(client map[string]string, within time.Duration) (*Admin, error) {
	client, err := spec.ResolveSecrets(client)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	a := &Admin{within: cmp.Or(within, defaultWithin)}
	if a.c, err = broker.OpenManager(client, a.hear); err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	return a, nil
}

// hear keeps what the client alone says: why no broker answers.
func (a *Admin) hear(level int, tag, text string) {
	if level <= 3 && tag != "" {
		a.mu.Lock()
		a.said = text
		a.mu.Unlock()
	}
}

// Close waits for calls that are under way and frees the client. Later calls
// answer ErrClosed. A second Close does nothing.
func (a *Admin) Close() { a.c.Close() }

// limited is ctx within the operation timeout.
func (a *Admin) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.within)
}

// fault is fault with what the client's log says where nobody answers.
func (a *Admin) fault(ctx context.Context, op, subject string, err error) error {
	made := fault(ctx, op, subject, err)
	if e, ok := made.(*Error); ok && slices.Contains(e.kinds, ErrNoAnswer) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.said != "" {
			e.Text += ": " + spec.Printable("", a.said)
		}
	}
	return made
}
