package spec

import (
	_ "embed"
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
	"fetch.max.wait.ms":                        "the client calls it fetch.wait.max.ms",
	"sasl.jaas.config":                         "set sasl.username and sasl.password",
	"ssl.truststore.location":                  "set ssl.ca.location to a PEM file",
	"ssl.truststore.password":                  "set ssl.ca.location to a PEM file, which has no password",
	"ssl.truststore.certificates":              "set ssl.ca.pem",
	"default.api.timeout.ms":                   "the client has socket.timeout.ms",
	"sasl.login.callback.handler.class":        "set sasl.oauthbearer.method to oidc",
	"exclude.internal.topics":                  "list the topics, or use a narrower pattern",
	"spring.deserializer.value.delegate.class": "the value's type decides, or set factory.Codec",
}

// PropertyAdvice is the way out for a property that the client does not know.
func PropertyAdvice(name string) string {
	if advice, ok := javaNames[name]; ok {
		return advice
	}
	return DidYouMean(name, PropertyNames(), "see the CONFIGURATION page of librdkafka for the names that there are")
}
