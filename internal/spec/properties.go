package spec

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
)

// The names were printed once by librdkafka 2.15.1 (rd_kafka_conf_properties_show),
// without its callbacks. They serve suggestions and the names of environment
// variables; whether a property exists is asked of the client itself.
//
//go:embed properties.txt
var propertyNames string

// PropertyNames returns the client properties that were known when the table
// was made.
func PropertyNames() []string { return strings.Fields(propertyNames) }

// javaNames are properties of the Java client that people bring along.
var javaNames = map[string]string{
	"max.poll.records":                         "set max-poll-records",
	"key.deserializer":                         "the key's type decides, or set factory.KeyCodec",
	"value.deserializer":                       "the value's type decides, or set factory.Codec",
	"sasl.jaas.config":                         "set sasl.username and sasl.password",
	"ssl.truststore.location":                  "set ssl.ca.location to a PEM file",
	"ssl.truststore.password":                  "set ssl.ca.location to a PEM file, which has no password",
	"default.api.timeout.ms":                   "the client has socket.timeout.ms",
	"sasl.login.callback.handler.class":        "set sasl.oauthbearer.method to oidc",
	"ssl.truststore.type":                      "the client reads trust stores in PEM: set ssl.ca.location",
	"ssl.keystore.type":                        "ssl.keystore.location is a PKCS12 file, ssl.key.location and ssl.certificate.location are PEM",
	"key.serializer":                           "keys are texts",
	"value.serializer":                         "the value's type decides",
	"interceptor.classes":                      "use middleware: listener.Use",
	"metric.reporters":                         "observers are given to the program in code",
	"buffer.memory":                            "set kafka.producer.buffer-memory",
	"max.block.ms":                             "a send waits as long as its context lets it",
	"exclude.internal.topics":                  "list the topics, or use a narrower pattern",
	"spring.deserializer.value.delegate.class": "the value's type decides, or set factory.Codec",
}

// javaEquals are properties of the Java client that the client has under
// another name, with the same values.
var javaEquals = map[string]string{
	"fetch.max.wait.ms":              "fetch.wait.max.ms",
	"ssl.keystore.key":               "ssl.key.pem",
	"ssl.keystore.certificate.chain": "ssl.certificate.pem",
	"ssl.truststore.certificates":    "ssl.ca.pem",
	"send.buffer.bytes":              "socket.send.buffer.bytes",
	"receive.buffer.bytes":           "socket.receive.buffer.bytes",
	"max.request.size":               "message.max.bytes",
}

// springSettings are properties of the Java client that are settings here. In
// code and under kafka the setting itself has to be written.
var springSettings = map[string]string{
	"group.id":             "group-id",
	"auto.offset.reset":    "auto-offset-reset",
	"max.poll.interval.ms": "max-poll-interval",
	"max.poll.records":     "max-poll-records",
}

// VariableNames returns the properties that an environment variable can name:
// those of the client, and those of the Java client that are translated or
// explained.
func VariableNames() []string {
	out := PropertyNames()
	for _, java := range []map[string]string{javaNames, javaEquals, springSettings} {
		out = slices.AppendSeq(out, maps.Keys(java))
	}
	return out
}

// SpringSetting returns the setting that a property of spring.kafka.* is, ""
// where it is none.
func SpringSetting(property string) string { return springSettings[property] }

// JavaEqual returns the client's name for a property of the Java client, ""
// where the client has the same one or none.
func JavaEqual(name string) string { return javaEquals[name] }

// PropertyAdvice is the way out for a property that the client does not know.
func PropertyAdvice(name string) string {
	if advice, ok := javaNames[name]; ok {
		return advice
	}
	if equal := JavaEqual(name); equal != "" {
		return "the client calls it " + equal
	}
	for _, prefix := range []string{"schema.registry.", "basic.auth.", "specific.", "auto.register.", "use.latest."} {
		if strings.HasPrefix(name, prefix) {
			return "it is for a schema registry's (de)serializer: give its settings to your codec (factory.Codec)"
		}
	}
	if strings.HasPrefix(name, "spring.") {
		return "it is for a class of Spring's; here the types of the handler decide"
	}
	return DidYouMean(name, PropertyNames(), "see the CONFIGURATION page of librdkafka for the names that there are")
}
