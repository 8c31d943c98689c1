package factory

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// servers reports addresses that no client can use: it would go on without
// them, or without any, and say so much later.
func (c check) servers(v spec.Value[string]) {
	if !v.IsSet() {
		return
	}
	fault := func(problem string) {
		c.fault(ErrInvalidSetting, "bootstrap-servers", v.Origin, problem, "write host:port, several with commas")
	}
	some := false
	for server := range strings.SplitSeq(v.V, ",") {
		server = strings.TrimSpace(server)
		some = some || server != ""
		if server != "" && !isServer(server) {
			fault(fmt.Sprintf("%q is no address of a broker", shown(spec.Value[string]{V: server, Secret: v.Secret})))
		}
	}
	if !some {
		fault("is empty")
	}
}

// isServer reports whether text is host or host:port, with one of Kafka's
// protocols before it at most.
func isServer(text string) bool {
	if protocol, rest, ok := strings.Cut(text, "://"); ok {
		switch strings.ToLower(protocol) {
		case "plaintext", "ssl", "sasl_plaintext", "sasl_ssl":
			text = rest
		default:
			return false
		}
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), "9092"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && badName(host) == "" && !strings.ContainsAny(host, "/;@?#[]")
}
