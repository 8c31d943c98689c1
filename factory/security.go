package factory

import (
	"fmt"
	"net"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A weakness is a setting that gives secrets or data to whoever listens.
type weakness struct {
	property string
	problem  string
	fix      string
	local    bool // no more than a warning, where all brokers are on this machine
}

// checkSecurity refuses weak settings, unless allow-insecure: then they are notes.
func (r *resolver) checkSecurity(s spec.Settings, subject string) []string {
	var notes []string
	c := check{r: r, subject: subject}
	for _, w := range weaknesses(s) {
		key, origin := "properties."+w.property, s.Properties[w.property].Origin
		if s.AllowInsecure.V || w.local && loopback(s.BootstrapServers.V) {
			notes = append(notes, fmt.Sprintf("warning: %s (%s): %s; %s", key, origin, w.problem, w.fix))
			continue
		}
		c.fault(ErrInsecure, key, origin, w.problem, w.fix+", or write allow-insecure: true")
	}
	return notes
}

func weaknesses(s spec.Settings) []weakness {
	var out []weakness
	get := func(name string) string { return strings.ToLower(strings.TrimSpace(s.Properties[name].V)) }
	for _, name := range []string{"sasl.mechanism", "sasl.mechanisms"} {
		what := map[string]string{"plain": "the password", "oauthbearer": "the token"}[get(name)]
		if what != "" && get("security.protocol") == "sasl_plaintext" {
			out = append(out, weakness{
				property: "security.protocol", local: true,
				problem: "SASL " + strings.ToUpper(get(name)) + " without TLS sends " + what + " in the clear",
				fix:     "set properties.security.protocol to sasl_ssl",
			})
			break
		}
	}
	for _, check := range []struct{ name, off, fix string }{
		{"enable.ssl.certificate.verification", "false", "remove it, and name the authority of the brokers' certificates in properties.ssl.ca.location"},
		{"ssl.endpoint.identification.algorithm", "none", "remove it, and connect by the names in the brokers' certificates"},
		{"enable.sasl.oauthbearer.unsecure.jwt", "true", "remove it, and set properties.sasl.oauthbearer.method to oidc"},
	} {
		if get(check.name) == check.off {
			out = append(out, weakness{
				property: check.name, problem: check.off + " switches a check off that keeps strangers out", fix: check.fix,
			})
		}
	}
	const endpoint = "sasl.oauthbearer.token.endpoint.url"
	if strings.HasPrefix(get(endpoint), "http://") {
		out = append(out, weakness{property: endpoint, problem: "sends the client's secret in the clear", fix: "write https://"})
	}
	return out
}

// loopback reports whether all brokers are on this machine, by names that mean
// nothing else.
func loopback(servers string) bool {
	for server := range strings.SplitSeq(servers, ",") {
		server = strings.TrimSpace(server)
		if i := strings.Index(server, "://"); i >= 0 {
			server = server[i+3:]
		}
		host, _, err := net.SplitHostPort(server)
		if err != nil {
			host = strings.Trim(server, "[]")
		}
		if host != "127.0.0.1" && host != "localhost" && host != "::1" {
			return false
		}
	}
	return true
}
