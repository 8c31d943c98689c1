package spec

import (
	"errors"
	"strconv"
	"strings"
)

// Connection is the home of aliases that stand wherever client properties do.
const Connection = "connection"

// An Alias is a name that Spring Boot or people have for settings which have
// another name here.
type Alias struct {
	Info
	Sets string // what it sets, for people
	read func(text string, sibling func(name string) string) (map[string]string, error)
}

// Read returns what the alias sets: settings by their name, client properties
// as "properties.NAME". sibling returns the text of another alias that stands
// beside this one, "" where there is none.
func (a Alias) Read(v any, sibling func(name string) string) (map[string]string, error) {
	if x, ok := v.([]string); ok && a.Type == List {
		v = strings.Join(x, ",")
	}
	text, err := scalar(v)
	if err != nil {
		return nil, err
	}
	out, err := a.read(text, sibling)
	if err != nil && (isSecretValue(v) || IsSecret(a.Name) && a.Type == Text) {
		if safe, ok := errors.AsType[*safeError](err); ok {
			return nil, safe
		}
		return nil, errors.New("a secret value can't be read as " + string(a.Type))
	}
	return out, err
}

// A safeError holds nothing of the value that it is about.
type safeError struct{ text string }

func (e *safeError) Error() string { return e.text }

func safely(text string) error { return &safeError{text} }

// LookupAlias returns the alias of a home, or of the connection where its
// aliases stand there.
func LookupAlias(home, name string) (Alias, bool) {
	for _, a := range Aliases {
		if a.Home == home && a.Name == name {
			return a, true
		}
	}
	return Alias{}, false
}

// Aliases is the table of them, in the order in which they are documented.
var Aliases = []Alias{
	alias("consumer", "bootstrap-servers", List, "bootstrap-servers", "as kafka.bootstrap-servers, for consumers", setting("bootstrap-servers")).like("a:9092,b:9092"),
	alias("consumer", "client-id", Text, "client-id", "as kafka.client-id, for consumers", setting("client-id")),
	alias("consumer", "enable-auto-commit", Boolean, "enable.auto.commit", "may be false, which is what the container does anyway", property("enable.auto.commit", boolean)).like("false", "true"),
	alias("consumer", "heartbeat-interval", Duration, "heartbeat.interval.ms", "time between heartbeats, at most a third of session.timeout.ms", property("heartbeat.interval.ms", millis)).like("3s"),
	alias("consumer", "fetch-max-wait", Duration, "fetch.wait.max.ms", "how long a broker may wait for fetch-min-size", property("fetch.wait.max.ms", millis)).like("500ms"),
	alias("consumer", "fetch-min-size", Size, "fetch.min.bytes", "what a broker collects before it answers a fetch", property("fetch.min.bytes", bytesOf)).like("1KB", "1"),
	alias("listener", "type", Choice, "batch", "batch: the factories serve batch listeners; single: record listeners", listenerType).of("single", "batch"),
	alias("listener", "client-id", Text, "client-id", "as kafka.client-id, for listeners", setting("client-id")),

	alias(Connection, "security.protocol", Choice, "security.protocol", "how brokers are spoken to", property("security.protocol", strings.ToLower)).of("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
	alias(Connection, "sasl.mechanism", Text, "sasl.mechanism", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI", property("sasl.mechanism", strings.TrimSpace)).like("SCRAM-SHA-512", "PLAIN"),
	alias(Connection, "sasl.username", Text, "sasl.username", "the user of PLAIN and SCRAM", property("sasl.username", same)),
	alias(Connection, "sasl.password", Text, "sasl.password", "the password of PLAIN and SCRAM; better in a file or a variable", property("sasl.password", same)),
	alias(Connection, "sasl.password-file", Text, "sasl.password", "a file with the password, read whenever a client is opened", property("sasl.password-file", location)).like("/run/secrets/kafka-password"),
	alias(Connection, "ssl.trust-store-location", Text, "ssl.ca.location", "a PEM file with the certificates to trust; unset is the system's", trustStore).like("/etc/kafka/ca.pem"),
	alias(Connection, "ssl.trust-store-type", Choice, "", "PEM is the one type of trust stores here", storeType("PEM")).of("PEM"),
	alias(Connection, "ssl.trust-store-certificates", Text, "ssl.ca.pem", "the certificates to trust, in PEM", property("ssl.ca.pem", same)).like("-----BEGIN CERTIFICATE-----"),
	alias(Connection, "ssl.key-store-location", Text, "ssl.keystore.location; ssl.key.location and ssl.certificate.location", "the client's key and certificate: a PKCS12 file, or a PEM file with both", keyStore).like("/etc/kafka/client.p12"),
	alias(Connection, "ssl.key-store-type", Choice, "", "PKCS12 or PEM; unset goes by the file's extension", storeType("PEM", "PKCS12")).of("PEM", "PKCS12"),
	alias(Connection, "ssl.key-store-password", Text, "ssl.keystore.password", "the password of a PKCS12 file", property("ssl.keystore.password", same)),
	alias(Connection, "ssl.key-store-password-file", Text, "ssl.keystore.password", "a file with the password, read whenever a client is opened", property("ssl.keystore.password-file", location)).like("/run/secrets/store-password"),
	alias(Connection, "ssl.key-store-key", Text, "ssl.key.pem", "the client's private key, in PEM", property("ssl.key.pem", same)).like("-----BEGIN PRIVATE KEY-----"),
	alias(Connection, "ssl.key-store-certificate-chain", Text, "ssl.certificate.pem", "the client's certificate, in PEM", property("ssl.certificate.pem", same)).like("-----BEGIN CERTIFICATE-----"),
	alias(Connection, "ssl.key-password", Text, "ssl.key.password", "the password of the private key", property("ssl.key.password", same)),
	alias(Connection, "ssl.key-password-file", Text, "ssl.key.password", "a file with the password, read whenever a client is opened", property("ssl.key.password-file", location)).like("/run/secrets/key-password"),
	alias(Connection, "ssl.bundle", Text, "", "has no equal here: write the files of the bundle", noBundle).like(""),
}

type reader func(text string, sibling func(string) string) (map[string]string, error)

func alias(home, name string, t Type, sets, doc string, read reader) Alias {
	return Alias{Info{Name: name, Home: home, Scope: FactoryScope, Type: t, Doc: doc}, sets, read}
}

func (a Alias) of(values ...string) Alias {
	a.Values = values
	choice, read := oneOf(values...), a.read
	if a.Sets == "" {
		return a // a store's type has words of its own for what it can't be
	}
	a.read = func(text string, sibling func(string) string) (map[string]string, error) {
		text, err := choice(text)
		if err != nil {
			return nil, err
		}
		return read(text, sibling)
	}
	return a
}

func (a Alias) like(examples ...string) Alias {
	a.Examples = examples
	return a
}

func setting(name string) reader {
	return func(text string, _ func(string) string) (map[string]string, error) {
		return map[string]string{name: text}, nil
	}
}

// property reads into one client property. convert returns a string, or a
// string and an error.
func property[F func(string) string | func(string) (string, error)](name string, convert F) reader {
	return func(text string, _ func(string) string) (map[string]string, error) {
		var value string
		var err error
		switch c := any(convert).(type) {
		case func(string) string:
			value = c(text)
		case func(string) (string, error):
			value, err = c(text)
		}
		if err != nil {
			return nil, err
		}
		return map[string]string{"properties." + name: value}, nil
	}
}

func same(text string) string { return text }

func boolean(text string) (string, error) {
	b, err := parseBool(text)
	return strconv.FormatBool(b), err
}

func millis(text string) (string, error) {
	d, err := parseDuration(text)
	return strconv.FormatInt(d.Milliseconds(), 10), err
}

func bytesOf(text string) (string, error) {
	n, err := parseSize(text)
	return strconv.FormatInt(n, 10), err
}

func listenerType(text string, _ func(string) string) (map[string]string, error) {
	return map[string]string{"batch": strconv.FormatBool(text == "batch")}, nil
}
