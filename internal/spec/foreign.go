package spec

import "strings"

// A Foreign name is one that Spring Boot has below spring.kafka and that means
// nothing here.
type Foreign struct {
	Home, Name string
	Why        string // and what to do
}

// Foreigns is the table of them. A name that ends in .* stands for all below it.
var Foreigns = []Foreign{
	{"", "jaas.*", "the client has no JAAS; set kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password"},
	{"", "streams.*", "there is no Kafka Streams here"},
	{"consumer", "auto-commit-interval", "the container commits; kafka.listener.ack-mode and ack-time say when"},
	{"consumer", "key-deserializer", "the key's type decides, or factory.KeyCodec"},
	{"consumer", "value-deserializer", "the value's type decides, or factory.Codec"},
	{"listener", "poll-timeout", "a poll never waits for longer than a due commit or redelivery; nothing needs to be set"},
	{"listener", "no-poll-threshold", "the consumer polls while handlers run; kafka.listener.handler-timeout and on-hang find what hangs"},
	{"listener", "idle-between-polls", "a full window holds the consumer back by itself; kafka.consumer.max-poll-records bounds what is handed over"},
	{"listener", "monitor-interval", "each listener watches itself and reports events; nothing needs to be set"},
	{"listener", "log-container-config", "the settings with their origins are always there to be printed"},
	{"listener", "missing-topics-fatal", "set kafka.listener.start to fail 10s for true"},
	{"listener", "immediate-stop", "a stop ends after the running records; kafka.listener.shutdown-timeout bounds it"},
	{"listener", "change-consumer-thread-name", "goroutines have no names; a handler's context has a logger that names listener and partition"},
	{"listener", "observation-enabled", "observers are given to the program in code"},
	{"producer", "key-serializer", "keys are texts; the type of a value decides its codec"},
	{"producer", "value-serializer", "the type of a value decides its codec"},
	{"template", "observation-enabled", "observers are given to the program in code"},
	{"retry.topic", "backoff.random", "set kafka.retry.topic.backoff.jitter"},
	{Connection, "ssl.protocol", "the client speaks TLS 1.2 and newer; nothing needs to be set"},
	{Connection, "ssl.trust-store-password", "a PEM file has no password; remove it"},
}

// LookupForeign returns the entry of a name in a home.
func LookupForeign(home, name string) (Foreign, bool) {
	for _, f := range Foreigns {
		prefix, isTree := strings.CutSuffix(f.Name, "*")
		if f.Home == home && (f.Name == name || isTree && (strings.HasPrefix(name, prefix) || name+"." == prefix)) {
			return f, true
		}
	}
	return Foreign{}, false
}

// codecs says what does the work of a Java class, by a part of its name.
var codecs = [][2]string{
	{"ErrorHandling", "a record that can't be decoded is reported and held, whatever its codec"},
	{"Protobuf", "package listener/protocodec reads proto.Message; set it with factory.Codec"},
	{"Avro", "there is no codec for Avro: make one and set it with factory.Codec"},
	{"Json", "a struct, map or slice is read and written as JSON by itself"},
	{"String", "a string is read and written as it is, by itself"},
	{"ByteArray", "a []byte is read and written as it is, by itself"},
	{"Bytes", "a []byte is read and written as it is, by itself"},
	{"Void", "a key that nobody asks for is not decoded"},
}

// CodecAdvice says which codec does what a Java (de)serializer class does, ""
// where there is none.
func CodecAdvice(class string) string {
	name := class[strings.LastIndexByte(class, '.')+1:]
	if !strings.HasSuffix(name, "erializer") {
		return ""
	}
	for _, c := range codecs {
		if strings.Contains(strings.ToLower(name), strings.ToLower(c[0])) {
			return c[1]
		}
	}
	return "there is no codec for it: take []byte, or make a codec and set it with factory.Codec"
}
