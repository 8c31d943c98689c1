package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// patience is how long one broker may take to answer.
const patience = 5 * time.Second

// connect tries each bootstrap address by itself, then opens the admin client
// of the session. Without one there is nothing more to look at.
func (s *session) connect(ctx context.Context) error {
	if len(s.client) == 0 {
		return errors.New("the listener has no client configuration")
	}
	probe, err := s.doctor.open(s.adminConfig(""), nil)
	if err != nil {
		s.found("client-refused", "", "the client", values{"reason": reasonOf(err)})
		return nil
	}
	probe.Close()
	if strings.EqualFold(cmp.Or(s.client["sasl.mechanism"], s.client["sasl.mechanisms"]), "OAUTHBEARER") {
		s.found("oauth-unchecked", "", "the cluster", nil)
		return nil
	}
	if !s.reached(ctx, strings.Split(s.client["bootstrap.servers"], ",")) {
		return nil
	}
	if s.admin, err = s.doctor.open(s.adminConfig(""), nil); err != nil {
		return err
	}
	if s.cluster, err = s.admin.Cluster(ctx); err != nil {
		return err
	}
	s.found("cluster", "", "cluster", values{
		"id": s.cluster.ID, "nodes": count(len(s.cluster.Nodes), "broker"), "controller": strconv.Itoa(s.cluster.Controller),
	})
	s.advertised(ctx)
	return nil
}

// reached tries the addresses and says which can't be used; false is none can.
func (s *session) reached(ctx context.Context, addresses []string) bool {
	failures := s.tryAll(ctx, addresses)
	worked := slices.ContainsFunc(failures, func(f failure) bool { return f.code == "" })
	for i, f := range failures {
		switch {
		case f.code == "":
		case worked:
			s.found("bootstrap-partial", "", "broker "+addresses[i], values{"reason": f.reason})
		default:
			s.found(f.code, "", "broker "+addresses[i], values{
				"reason": f.reason, "time": f.waited.String(), "mechanism": cmp.Or(s.client["sasl.mechanism"], s.client["sasl.mechanisms"], "GSSAPI"),
			})
		}
	}
	return worked
}

// adminConfig is the configuration of an admin client, for one address or all.
func (s *session) adminConfig(address string) map[string]string {
	config := maps.Clone(s.client)
	config["client.id"] = "hearken-doctor"
	if address != "" {
		delete(config, "metadata.broker.list")
		config["bootstrap.servers"] = address
	}
	return config
}

// A failure is why a broker can't be used; without a code it can.
type failure struct {
	code, reason string
	waited       time.Duration
}

func (s *session) tryAll(ctx context.Context, addresses []string) []failure {
	failures := make([]failure, len(addresses))
	var tries sync.WaitGroup
	for i, address := range addresses {
		tries.Go(func() {
			if reason := attempt(func() error { failures[i] = s.try(ctx, address); return nil }); reason != "" {
				failures[i] = failure{code: "broker-silent", reason: ": " + reason}
			}
		})
	}
	tries.Wait()
	return failures
}

// try connects to one address: the socket first, because the system says more
// of it than the client does, then the client with its TLS and SASL.
func (s *session) try(ctx context.Context, address string) failure {
	within := share(ctx, patience)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := s.doctor.dial(ctx, hostPort(address)); err != nil {
		return undialed(err)
	}
	var heard listening
	heard.cancel = cancel
	a, err := s.doctor.open(s.adminConfig(address), heard.line)
	if err != nil {
		return failure{code: "client-refused", reason: reasonOf(err)}
	}
	defer a.Close()
	if _, err = a.Cluster(ctx); err == nil {
		return failure{}
	}
	code, line := heard.said()
	if code == "" {
		code = "broker-silent"
		if isClass(err, broker.Auth) {
			code = "sasl-failed"
		}
		if line == "" && !isClass(err, broker.Transient) {
			line = reasonOf(err)
		}
		if line != "" {
			line = ": " + line
		}
	}
	return failure{code, line, within.Round(time.Second / 10)}
}

// undialed says why there is no connection.
func undialed(err error) failure {
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return failure{code: "broker-unresolved", reason: dns.Error()}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return failure{code: "broker-unreachable", reason: "no answer: the time is over"}
	}
	return failure{code: "broker-unreachable", reason: err.Error()}
}

// A listening understands the client's own lines: nothing else says why a
// broker that takes connections is of no use.
type listening struct {
	mu         sync.Mutex
	code, last string
	cancel     func()
}

// telling are parts of the client's lines, and what they mean.
var telling = [][2]string{
	{"SASL authentication error", "sasl-failed"},
	{"SASL handshake failed", "sasl-failed"},
	{"SSL handshake failed", "tls-failed"},
	{"certificate verify failed", "tls-failed"},
}

func (h *listening) line(level int, _, text string) {
	const notice = 5
	if level > notice {
		return
	}
	if _, rest, ok := strings.Cut(text, "]: "); ok {
		text = rest // without the thread's name
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.code != "" {
		return
	}
	h.last = text
	for _, t := range telling {
		if strings.Contains(text, t[0]) {
			h.code = t[1]
			h.cancel() // it does not get better
		}
	}
}

func (h *listening) said() (code, line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.code, h.last
}

// advertised tries the addresses that the brokers tell their clients.
func (s *session) advertised(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, share(ctx, patience))
	defer cancel()
	var tries sync.WaitGroup
	for _, n := range s.cluster.Nodes {
		tries.Go(func() {
			if err := s.doctor.dial(ctx, n.Address); err != nil {
				s.found("advertised-unreachable", "", "broker "+n.Address, values{"id": strconv.Itoa(n.ID), "reason": undialed(err).reason})
			}
		})
	}
	tries.Wait()
}

// hostPort is a bootstrap address as net knows them.
func hostPort(address string) string {
	address = strings.TrimSpace(address)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), fmt.Sprint(defaultPort))
}

const defaultPort = 9092 // the client's
