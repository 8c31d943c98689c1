package template

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A Setting is a setting of a template that is made from configuration
// (factory.NewTemplate, app.Template): configuration may say otherwise, and has the last word.
type Setting struct {
	text  string
	apply func(*Code)
}

// String prints the setting, secrets redacted.
func (s Setting) String() string { return s.text }

// A Code is what settings say.
type Code struct {
	Producer spec.Producer
	Template spec.Template
	Routes   []NamedRoute
	Rest     func(*Options) // what has no key
}

// A NamedRoute is a Route to a template by its name.
type NamedRoute struct{ Topics, Template string }

// CodeOf collects settings, later ones winning.
func CodeOf(settings []Setting) Code {
	c := Code{Rest: func(*Options) {}}
	for _, s := range settings {
		if s.apply != nil {
			s.apply(&c)
		}
	}
	return c
}

// WithBootstrapServers says where the cluster is: host:port, with commas;
// placeholders are resolved. Defaults to kafka.bootstrap-servers, else to localhost:9092.
func WithBootstrapServers(servers string) Setting {
	return produced("bootstrap-servers", servers, func(p *spec.Producer) *spec.Value[string] { return &p.BootstrapServers })
}

// WithCluster chooses the entry of kafka.clusters whose brokers and security are
// used. Defaults to those of kafka.* itself.
func WithCluster(name string) Setting {
	return produced("cluster", name, func(p *spec.Producer) *spec.Value[string] { return &p.Cluster })
}

// WithClientID sets the client's id; placeholders are resolved. Defaults to
// kafka.client-id, else to hearken-NAME.
func WithClientID(id string) Setting {
	return produced("client-id", id, func(p *spec.Producer) *spec.Value[string] { return &p.ClientID })
}

// WithAcks says how many brokers must have a record. Defaults to AcksAll.
func WithAcks(a Acks) Setting {
	return produced("acks", a.String(), func(p *spec.Producer) *spec.Value[string] { return &p.Acks })
}

// WithCompression is none, gzip, snappy, lz4 or zstd. Defaults to none.
func WithCompression(codec string) Setting {
	return produced("compression-type", codec, func(p *spec.Producer) *spec.Value[string] { return &p.CompressionType })
}

// WithIdempotence says whether the broker drops what a retry sends twice.
// Defaults to true where acks is all.
func WithIdempotence(on bool) Setting {
	return property("enable.idempotence", strconv.FormatBool(on), spec.Code(0))
}

// WithLinger says how long a record may wait for company. Defaults to 0.
func WithLinger(d time.Duration) Setting {
	return property("linger.ms", strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64), spec.Code(0))
}

// WithDeliveryTimeout says how long the client tries to deliver a record.
// Defaults to 2 min; in a transaction it is the transaction's timeout at most.
func WithDeliveryTimeout(d time.Duration) Setting {
	return property("message.timeout.ms", strconv.FormatInt(d.Milliseconds(), 10), spec.Code(0))
}

// WithProperty sets a property of the Kafka client; placeholders are resolved.
func WithProperty(key, value string) Setting { return property(key, value, spec.Code(0)) }

// WithTransactionIDPrefix makes the template transactional: its producers have
// the ids PREFIX-INSTANCE-N. No two templates of live processes may share prefix
// and instance. Placeholders are resolved.
func WithTransactionIDPrefix(prefix string) Setting {
	return produced("transaction-id-prefix", prefix, func(p *spec.Producer) *spec.Value[string] { return &p.TransactionIDPrefix })
}

// WithInstance names this process in the transactional ids; placeholders are
// resolved. Defaults to host name, process id and start. A stable one ends, at
// the next start, what a killed process left open.
func WithInstance(instance string) Setting {
	return produced("transaction-instance", instance, func(p *spec.Producer) *spec.Value[string] { return &p.TransactionInstance })
}

// WithTransactionTimeout says how long a transaction may take before the broker
// aborts it. Defaults to 1 min.
func WithTransactionTimeout(d time.Duration) Setting {
	return property("transaction.timeout.ms", strconv.FormatInt(d.Milliseconds(), 10), spec.Code(0))
}

// WithMaxTransactions says how many transactions may run at once. Defaults to 32.
func WithMaxTransactions(n int) Setting {
	return produced("max-transactions", n, func(p *spec.Producer) *spec.Value[int] { return &p.MaxTransactions })
}

// WithNonTransactional lets a transactional template send outside a
// transaction, too. Defaults to false.
func WithNonTransactional(on bool) Setting {
	return templated("allow-non-transactional", on, func(t *spec.Template) *spec.Value[bool] { return &t.AllowNonTransactional })
}

// WithDefaultTopic is where a send without a topic goes; placeholders are resolved.
func WithDefaultTopic(topic string) Setting {
	return templated("default-topic", topic, func(t *spec.Template) *spec.Value[string] { return &t.DefaultTopic })
}

// WithCloseTimeout says how long a close waits for records that are on their
// way. Defaults to 10 s, and in an application to what is left of its stop.
func WithCloseTimeout(d time.Duration) Setting {
	return templated("close-timeout", d, func(t *spec.Template) *spec.Value[time.Duration] { return &t.CloseTimeout })
}

// WithCodec encodes values. Defaults to the choice by type, see listener.Encode.
func WithCodec(c listener.Encoder) Setting {
	return rest(fmt.Sprintf("codec=%T", c), func(o *Options) { o.Codec = c })
}

// WithKeyCodec encodes the keys of KeyOf and Of. Defaults to the choice by type.
func WithKeyCodec(c listener.Encoder) Setting {
	return rest(fmt.Sprintf("key-codec=%T", c), func(o *Options) { o.KeyCodec = c })
}

// WithInterceptors puts interceptors around every send, the first outermost. Several add up.
func WithInterceptors(is ...Interceptor) Setting {
	return rest(fmt.Sprintf("interceptors=%d", len(is)), func(o *Options) { o.Interceptors = append(o.Interceptors, is...) })
}

// WithRoute sends the topics that match a regular expression, as a whole, by the
// template of that name, which has no routes itself. The first route that matches decides.
func WithRoute(topics, template string) Setting {
	return Setting{fmt.Sprintf("route=%s to %s", topics, template), func(c *Code) {
		c.Routes = append(c.Routes, NamedRoute{topics, cmp.Or(template, "default")})
	}}
}

func produced[T any](key string, value T, field func(*spec.Producer) *spec.Value[T]) Setting {
	v := spec.Set(value, spec.Code(1))
	return Setting{printedSetting(key, value), func(c *Code) { *field(&c.Producer) = v }}
}

func templated[T any](key string, value T, field func(*spec.Template) *spec.Value[T]) Setting {
	v := spec.Set(value, spec.Code(1))
	return Setting{printedSetting(key, value), func(c *Code) { *field(&c.Template) = v }}
}

func property(name, value, origin string) Setting {
	return Setting{printedSetting("properties."+name, value), func(c *Code) { c.Producer.SetProperty(name, value, origin) }}
}

// WithReplies makes requests possible: it names the topic that replies come
// by, see ReplyOptions. Register Replies of the template as a listener, too.
func WithReplies(o ReplyOptions) Setting {
	return rest(printedSetting("replies", o.Topic), func(to *Options) { to.Replies = o })
}

func rest(text string, put func(*Options)) Setting {
	return Setting{text, func(c *Code) {
		before := c.Rest
		c.Rest = func(o *Options) { before(o); put(o) }
	}}
}

func printedSetting(key string, value any) string {
	return key + "=" + spec.Printable(key, fmt.Sprint(value))
}
