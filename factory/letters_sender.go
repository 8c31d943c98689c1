package factory

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// letterTimeout is how long the client tries to deliver a dead letter before
// its record counts as not taken over. Whoever tries longer than it is asked
// would write it several times.
const letterTimeout = 20 * time.Second

// A letterSender is the plain producer that dead letters and retries go by,
// outside of transactions. It is made when something is sent for the first time,
// and lives while a listener that uses it does.
type letterSender struct {
	id     string
	config func() (map[string]string, error)

	mu    sync.Mutex
	t     *template.Template
	users int
}

// letterConfig is how it is made: tuned as kafka.producer says, connected as the
// listener is.
func letterConfig(tuning spec.Producer, s spec.Settings) map[string]string {
	out := plainConfig(tuning, s)
	for name, value := range map[string]string{
		// What the client would refuse by itself is the broker's to judge.
		"message.max.bytes": "50000000",
		// A topic that is missing is said to be after 5 s, and found 5 s after it was made.
		"topic.metadata.propagation.max.ms":  "5000",
		"topic.metadata.refresh.interval.ms": "5000",
	} {
		if _, ok := out[name]; !ok {
			out[name] = value
		}
	}
	return out
}

// plainConfig is what a listener's own producers have in common.
func plainConfig(tuning spec.Producer, s spec.Settings) map[string]string {
	out := map[string]string{}
	for name, v := range tuning.ClientConfig() {
		if !producerOwn[name] && !spec.IsConnection(name) && !v.Secret {
			out[name] = v.V
		}
	}
	for name, v := range s.Properties {
		if spec.IsConnection(name) || v.Secret {
			out[name] = v.V
		}
	}
	return out
}

// A senderPool gives listeners of one cluster and one identity the same sender.
type senderPool struct {
	mu  sync.Mutex
	all map[string]*letterSender
}

func (p *senderPool) of(tuning spec.Producer, s spec.Settings) *letterSender {
	config := letterConfig(tuning, s)
	servers, id := s.BootstrapServers.V, s.ClientID.V+"-dead-letters"
	key := fmt.Sprint(servers, id, config) // maps print sorted
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]*letterSender{}
	}
	if p.all[key] == nil {
		p.all[key] = &letterSender{id: id, config: func() (map[string]string, error) {
			out, err := spec.ResolveSecrets(maps.Clone(config))
			if err == nil {
				out["bootstrap.servers"] = servers
			}
			return out, err
		}}
	}
	return p.all[key]
}

// use keeps the producer until release is called, once.
func (l *letterSender) use() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users++
	return func() {
		l.mu.Lock()
		l.users--
		t := l.t
		if l.users > 0 || t == nil {
			l.mu.Unlock()
			return
		}
		l.t = nil
		l.mu.Unlock()
		// Whoever waited for an answer has given up: what is on its way may arrive.
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = t.Close(ctx)
	}
}

// Publish implements listener.Sender.
func (l *letterSender) Publish(ctx context.Context, r listener.Outgoing, done func(listener.Sent, error)) {
	t, err := l.template()
	if err != nil {
		done(listener.Sent{}, err)
		return
	}
	t.Publish(ctx, r, done)
}

func (l *letterSender) template() (*template.Template, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t != nil {
		return l.t, nil
	}
	if l.users == 0 {
		return nil, template.ErrClosed
	}
	config, err := l.config()
	if err != nil {
		return nil, err
	}
	servers := config["bootstrap.servers"]
	delete(config, "bootstrap.servers")
	l.t, err = template.New(template.Options{
		Name: "dead letters", BootstrapServers: servers, ClientID: l.id, DeliveryTimeout: letterTimeout, Properties: config,
	})
	return l.t, err
}
