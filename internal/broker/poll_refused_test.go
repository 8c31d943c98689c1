package broker

import "testing"

func TestWhichBrokenConnectionsAreRefusals(t *testing.T) {
	const verify = "ssl://b:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: …"
	const sasl = "sasl_plaintext://b:1/bootstrap: SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure"
	for name, c := range map[string]struct {
		code   int
		texts  []string
		second string // an event between: "" or "record"
		want   Class  // of the last
	}{
		"a certificate":           {-181, []string{verify}, "", Auth},
		"a certificate, again":    {-195, []string{"ssl://b: error:0A000086:SSL routines::certificate verify failed"}, "", Auth},
		"a hang-up within SASL":   {-195, []string{sasl}, "", Transient},
		"two of them":             {-195, []string{sasl, sasl}, "", Auth},
		"two, a record between":   {-195, []string{sasl, sasl}, "record", Transient},
		"a refused connection":    {-195, []string{"Connect to ipv4#1:1 failed: Connection refused", "Connect to"}, "", Transient},
		"another code, same text": {-187, []string{verify, verify}, "", Transient},
	} {
		p := &poller{}
		var e *ClientError
		for i, text := range c.texts {
			if i == 1 && c.second == "record" {
				p.welcome()
			}
			e = &ClientError{Class: Transient, Code: c.code, Op: opPoll, Text: text}
			p.fail(e)
		}
		if e.Class != c.want {
			t.Errorf("%s: %v, want %v", name, e.Class, c.want)
		}
	}
}

func TestTimeOutsNameTheRefusal(t *testing.T) {
	p := &poller{}
	late := func() error {
		return p.because(&ClientError{Class: Retriable, Code: -180, Op: opCommit, Text: "Local: Waiting for coordinator"})
	}
	if e := late().(*ClientError); e.Class != Retriable {
		t.Errorf("without a refusal: %v", e)
	}
	p.fail(&ClientError{Class: Auth, Code: 30, Op: opPoll, Text: "Broker: Group authorization failed"})
	if e := late().(*ClientError); e.Class != Auth || e.Op != opCommit || e.Code != 30 {
		t.Errorf("after a refusal: %v", e)
	}
	if e := p.because(&ClientError{Class: Fenced, Code: 22, Op: opCommit}).(*ClientError); e.Class != Fenced {
		t.Errorf("an answer is no time-out: %v", e)
	}
	p.welcome()
	if e := late().(*ClientError); e.Class != Retriable {
		t.Errorf("when it is over: %v", e)
	}
}
