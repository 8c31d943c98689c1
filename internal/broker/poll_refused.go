package broker

import (
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The client reports many a refused connection as a broken one, and says so in
// its text alone. These texts leave no doubt …
var refusals = []string{
	"certificate verify failed", // the broker's certificate is not trusted here
	"SSL alert",                 // the broker refuses our certificate, or the TLS version
	"tlsv1 alert", "sslv3 alert",
	"wrong version number", // TLS spoken to a plaintext listener
}

// … and these are as well those of a broker that dies within the handshake:
// the second in a row counts.
var maybeRefusals = []string{
	"SASL authentication error", // a broker or a proxy that hangs up instead of giving a reason
	"SSL handshake failed",
}

// notice makes an Auth error of e where its text says so, and remembers what
// was refused. Only the owner's goroutine calls it.
func (p *poller) notice(e *ClientError) {
	if e.Class == Transient && (e.Code == int(kafka.ErrTransport) || e.Code == int(kafka.ErrSsl)) {
		switch {
		case containsAny(e.Text, refusals):
			e.Class = Auth
		case containsAny(e.Text, maybeRefusals):
			if p.doubts++; p.doubts > 1 {
				e.Class = Auth
			}
		}
	}
	if e.Class == Auth && e.Code != int(kafka.ErrTopicAuthorizationFailed) { // that one is answered, not waited for
		p.refused.Store(e)
	}
}

// welcome forgets refusals: what came in proves that they are over.
func (p *poller) welcome() {
	p.doubts = 0
	if p.refused.Load() != nil {
		p.refused.Store(nil)
	}
}

// because names the refusal that a time-out is about: while the client is not
// let in, its calls only wait.
func (p *poller) because(err error) error {
	e, ok := err.(*ClientError)
	if !ok || e.Class != Transient && e.Class != Retriable {
		return err
	}
	switch kafka.ErrorCode(e.Code) {
	case kafka.ErrTimedOut, kafka.ErrTransport, kafka.ErrAllBrokersDown, kafka.ErrWaitCoord:
		if r := p.refused.Load(); r != nil {
			return &ClientError{Class: Auth, Code: r.Code, Op: e.Op, Text: r.Text, Part: e.Part}
		}
	}
	return err
}

func containsAny(text string, parts []string) bool {
	for _, s := range parts {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
