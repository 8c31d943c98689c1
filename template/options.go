package template

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Options are what a template is made of. The zero value of each field is its default.
type Options struct {
	// Name is what the template is called in events and errors. Defaults to "default".
	Name string
	// BootstrapServers is where the cluster is, host:port with commas. Defaults to localhost:9092.
	BootstrapServers string
	// ClientID is the client's id. Defaults to hearken-<Name>.
	ClientID string
	// Acks is how many brokers must have a record. Defaults to AcksAll.
	Acks Acks
	// Idempotence lets the broker drop what a retry sends twice, unless another
	// send fails meanwhile (docs/sending.md). Defaults to
	// true where Acks is AcksAll, and is off otherwise; true with other acks is an error.
	Idempotence *bool
	// Compression is none, gzip, snappy, lz4 or zstd. Defaults to the client's none.
	Compression string
	// Linger is how long a record may wait for company. Defaults to 0: a send
	// that is waited for costs its linger, and many sends at once fill their
	// batches anyway, while earlier ones are on their way.
	Linger *time.Duration
	// DeliveryTimeout is how long the client tries to deliver a record, retries
	// included. Defaults to 2 min; in a transaction it is the transaction's timeout at most.
	DeliveryTimeout time.Duration
	// Properties are further properties of the client, by librdkafka's names.
	Properties map[string]string

	// DefaultTopic is where a send without a topic goes.
	DefaultTopic string
	// Codec encodes values. Defaults to the choice by type, see listener.Encode.
	Codec listener.Encoder
	// KeyCodec encodes the keys of KeyOf and Of. Defaults to the choice by type.
	// The string keys of Send are sent as they are.
	KeyCodec listener.Encoder
	// Routes send some topics by other templates; the first that matches decides.
	Routes []Route
	// Interceptors stand around every send, the first outermost.
	Interceptors []Interceptor

	// TransactionIDPrefix makes the template transactional: its producers have
	// the ids <prefix>-<instance>-<n>.
	TransactionIDPrefix string
	// Instance is unique among the live processes that use the prefix. Defaults to host
	// name, process id and start. A stable one ends what a killed process left
	// open at its next start; otherwise readers wait for TransactionTimeout.
	Instance string
	// TransactionTimeout is how long a transaction may take before the broker
	// aborts it. Defaults to 1 min.
	TransactionTimeout time.Duration
	// MaxTransactions is how many transactions may run at once; more wait. Each
	// one that ran at the same time as others keeps a producer. Defaults to 32.
	MaxTransactions int
	// AllowNonTransactional lets sends outside a transaction go by a plain producer.
	AllowNonTransactional bool

	// Replies lets the template make requests.
	Replies ReplyOptions

	// CloseTimeout is how long Close takes where its context has no deadline. Defaults to 10 s.
	CloseTimeout time.Duration
	// Observe hears of events, from any goroutine. It must not block.
	Observe func(event.Event)
}

// String names the template and its cluster: properties may hold secrets.
func (o Options) String() string {
	return fmt.Sprintf("template %q at %s", o.Name, spec.Printable("bootstrap.servers", o.BootstrapServers))
}

// GoString is String: %#v must not print secrets either.
func (o Options) GoString() string { return o.String() }

// A Route sends topics by another template, as if that one had been asked.
type Route struct {
	Topics   string // a regular expression for the whole name
	Template *Template

	pattern *regexp.Regexp
}

func (o Options) withDefaults() Options {
	o.Name = cmp.Or(o.Name, "default")
	o.BootstrapServers = cmp.Or(o.BootstrapServers, "localhost:9092")
	o.ClientID = cmp.Or(o.ClientID, "hearken-"+o.Name)
	o.TransactionTimeout = cmp.Or(o.TransactionTimeout, time.Minute)
	o.MaxTransactions = cmp.Or(o.MaxTransactions, 32)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, 10*time.Second)
	o.Replies = o.Replies.withDefaults()
	o.Instance = cmp.Or(o.Instance, spec.ProcessInstance())
	if o.Observe == nil {
		o.Observe = func(event.Event) {}
	}
	return o
}

// idempotent is whether the client is to be.
func (o *Options) idempotent() bool {
	return o.Acks == AcksAll && (o.Idempotence == nil || *o.Idempotence)
}

// check returns all that is wrong, and compiles the routes.
func (o *Options) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	wanted := o.Idempotence != nil && *o.Idempotence
	transactional := o.TransactionIDPrefix != ""
	switch {
	case o.Acks > AcksNone:
		fault("%s: acks is 0, 1 or all", o.Acks)
	case transactional && o.Acks != AcksAll:
		fault("acks=%s with transaction-id-prefix: transactions need acks=all", o.Acks)
	case transactional && !o.idempotent():
		fault("enable.idempotence=false with transaction-id-prefix: transactions need it")
	case wanted && o.Acks != AcksAll:
		fault("enable.idempotence=true with acks=%s: idempotence needs acks=all", o.Acks)
	}
	if o.AllowNonTransactional && !transactional {
		fault("allow-non-transactional without transaction-id-prefix: every send is non-transactional")
	}
	for name, d := range map[string]time.Duration{
		"delivery timeout": o.DeliveryTimeout, "transaction timeout": o.TransactionTimeout, "close timeout": o.CloseTimeout,
	} {
		if d < 0 {
			fault("%s is %s, which is negative", name, d)
		}
	}
	if o.MaxTransactions < 0 {
		fault("max transactions is %d, which is negative", o.MaxTransactions)
	}
	faults = append(faults, o.Replies.check()...)
	routes := make([]Route, len(o.Routes))
	for i, r := range o.Routes {
		var err error
		if r.pattern, err = regexp.Compile("^(?:" + r.Topics + ")$"); err != nil {
			fault("route %q: %w", r.Topics, err)
		}
		if r.Template == nil {
			fault("route %q has no template", r.Topics)
		}
		routes[i] = r
	}
	o.Routes = routes
	return errors.Join(faults...)
}

// config returns the client's properties for the producer with the
// transactional id, "" for the plain one, or all that contradicts them.
func (o *Options) config(id string) (map[string]string, error) {
	typed := map[string]string{
		"bootstrap.servers": o.BootstrapServers, "client.id": o.ClientID,
		"acks": o.Acks.String(), "enable.idempotence": strconv.FormatBool(o.idempotent()),
	}
	if o.Compression != "" {
		typed["compression.type"] = o.Compression
	}
	if o.Linger != nil {
		typed["linger.ms"] = strconv.FormatFloat(float64(*o.Linger)/float64(time.Millisecond), 'f', -1, 64)
	}
	deliver := o.DeliveryTimeout
	if id != "" {
		typed["transactional.id"] = id
		typed["transaction.timeout.ms"] = millis(o.TransactionTimeout)
		deliver = min(deliver, o.TransactionTimeout)
	}
	if deliver > 0 {
		typed["message.timeout.ms"] = millis(deliver)
	}
	config := maps.Clone(o.Properties)
	if config == nil {
		config = map[string]string{}
	}
	faults := contradictions(typed, config)
	maps.Copy(config, typed)
	return config, errors.Join(faults...)
}

// owners are the properties that have a setting of their own.
var owners = map[string]string{
	"bootstrap.servers": "bootstrap-servers", "metadata.broker.list": "bootstrap-servers", "client.id": "client-id",
	"acks": "acks", "request.required.acks": "acks", "enable.idempotence": "the idempotence setting",
	"transactional.id": "transaction-id-prefix", "transaction.timeout.ms": "the transaction timeout",
	"compression.type": "compression-type", "compression.codec": "compression-type",
	"linger.ms": "the linger", "queue.buffering.max.ms": "the linger",
	"message.timeout.ms": "the delivery timeout", "delivery.timeout.ms": "the delivery timeout",
}

// originals are the names under which the second names are known here.
var originals = map[string]string{
	"metadata.broker.list": "bootstrap.servers", "request.required.acks": "acks", "compression.codec": "compression.type",
	"queue.buffering.max.ms": "linger.ms", "delivery.timeout.ms": "message.timeout.ms",
}

// contradictions finds properties that say something else than the typed
// settings, and takes those out that say the same.
func contradictions(typed, properties map[string]string) []error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		owner, owned := owners[name]
		value, set := typed[cmp.Or(originals[name], name)]
		same := value == properties[name] || value == "all" && properties[name] == "-1"
		switch {
		case name == "transactional.id" && !set:
			faults = append(faults, fmt.Errorf("property transactional.id: set transaction-id-prefix, the ids are made from it"))
		case !owned || !set:
		case same:
			delete(properties, name)
		default:
			faults = append(faults, fmt.Errorf("property %s=%s contradicts %s (%s): set that instead", name, spec.Printable(name, properties[name]), owner, value))
		}
	}
	return faults
}

func millis(d time.Duration) string {
	return strconv.FormatInt(int64(max(d, time.Millisecond)/time.Millisecond), 10)
}

// windowFor is the window below the client's queue.
func windowFor(config map[string]string) (records, bytes int64) {
	limits := map[string]int64{"queue.buffering.max.messages": 0, "queue.buffering.max.kbytes": 0}
	set := func(name, value string) {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			limits[name] = n
		}
	}
	for _, d := range broker.ProducerDefaults() {
		if _, is := limits[d.Key]; is {
			set(d.Key, d.Value)
		}
	}
	for name := range limits {
		set(name, config[name])
	}
	records, bytes = limits["queue.buffering.max.messages"], limits["queue.buffering.max.kbytes"]*1024
	if records <= 0 {
		records = mostRecords // the client's 0 is "no limit"
	}
	// A batch of reports is handed over before the client takes it off its count.
	return max(1, records*9/10), max(1, bytes*9/10)
}
