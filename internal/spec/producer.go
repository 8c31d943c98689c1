package spec

import (
	"strconv"
	"strings"
)

// A Producer is what kafka.producer and kafka.producers.NAME may set. A field
// that is unset leaves the client's default, or the producing side's, in force.
type Producer struct {
	BootstrapServers    Value[string]
	ClientID            Value[string]
	Cluster             Value[string] // name of kafka.clusters.NAME
	AllowInsecure       Value[bool]
	Acks                Value[string] // "0", "1", "all"
	BatchSize           Value[int64]  // bytes
	BufferMemory        Value[int64]  // bytes
	CompressionType     Value[string]
	Retries             Value[int]
	TransactionIDPrefix Value[string]
	TransactionInstance Value[string]
	MaxTransactions     Value[int]
	Properties          map[string]Value[string]
}

// ProducerKeys is the table of a producer's settings.
var ProducerKeys = []KeyOf[Producer]{
	key("bootstrap-servers", func(p *Producer) *Value[string] { return &p.BootstrapServers }, parseServers, printString).
		at("producer", FactoryScope, "as kafka.bootstrap-servers, for producers").like("a:9092,b:9092").joined(),
	key("client-id", func(p *Producer) *Value[string] { return &p.ClientID }, parseString, printString).
		at("producer", FactoryScope, "as kafka.client-id, for producers"),
	key("cluster", func(p *Producer) *Value[string] { return &p.Cluster }, parseString, printString).
		at("producer", FactoryScope, "the entry of kafka.clusters whose brokers and security are used"),
	key("allow-insecure", func(p *Producer) *Value[bool] { return &p.AllowInsecure }, parseBool, printAny).
		at("producer", FactoryScope, "as kafka.allow-insecure, for producers"),
	key("acks", func(p *Producer) *Value[string] { return &p.Acks }, parseAcks, printString).
		at("producer", FactoryScope, "who has a record before it counts as sent: 0 (nobody), 1 (the leader), all or -1 (all in-sync replicas)").of("0", "1", "-1", "all"),
	key("batch-size", func(p *Producer) *Value[int64] { return &p.BatchSize }, parseSize, printAny).
		at("producer", FactoryScope, "bytes of records that are sent together, at most").as(Size),
	key("buffer-memory", func(p *Producer) *Value[int64] { return &p.BufferMemory }, parseSize, printAny).
		at("producer", FactoryScope, "bytes of records that may wait to be sent").as(Size).like("33554432"),
	key("compression-type", func(p *Producer) *Value[string] { return &p.CompressionType }, parseCompression, printString).
		at("producer", FactoryScope, "how batches are compressed").of("none", "gzip", "snappy", "lz4", "zstd"),
	key("retries", func(p *Producer) *Value[int] { return &p.Retries }, parseInt, printAny).
		at("producer", FactoryScope, "how often a send is tried again"),
	key("transaction-id-prefix", func(p *Producer) *Value[string] { return &p.TransactionIDPrefix }, parseString, printString).
		at("producer", FactoryScope, "makes the producer transactional; unlike in any other live instance"),
	key("transaction-instance", func(p *Producer) *Value[string] { return &p.TransactionInstance }, parseString, printString).
		at("producer", FactoryScope, "names this process in transactional ids; unset: host name, process id and start. A stable one ends at the next start what a killed process left open"),
	key("max-transactions", func(p *Producer) *Value[int] { return &p.MaxTransactions }, parseInt, printAny).
		at("producer", FactoryScope, "transactions that may run at once; more wait"),
}

var parseCompression = oneOf("none", "gzip", "snappy", "lz4", "zstd")

func parseAcks(s string) (string, error) {
	if strings.TrimSpace(s) == "-1" {
		return "all", nil
	}
	return oneOf("0", "1", "all")(s)
}

// SetProperty sets a client property, or the setting that it is.
func (p *Producer) SetProperty(name, value, origin string) { p.PutProperty(name, Set(value, origin)) }

// PutProperty is SetProperty for a value that may be a secret.
func (p *Producer) PutProperty(name string, v Value[string]) {
	switch name {
	case "bootstrap.servers", "metadata.broker.list":
		p.BootstrapServers = v
	case "acks", "request.required.acks":
		p.Acks = tidy(v, parseAcks)
	case "compression.type", "compression.codec":
		p.CompressionType = tidy(v, parseCompression)
	default:
		if p.Properties == nil {
			p.Properties = map[string]Value[string]{}
		}
		putProperty(p.Properties, name, v)
	}
}

// LayerProducer puts upper over lower, as Layer does.
func LayerProducer(lower, upper Producer) Producer {
	out := lower
	for _, k := range ProducerKeys {
		k.layer(&out, &upper)
	}
	out.Properties = layerProperties(lower.Properties, upper.Properties)
	return out
}

// WithoutConnection is the function of that name, for a producer.
func (p Producer) WithoutConnection() Producer {
	p.BootstrapServers, p.Cluster, p.AllowInsecure = Value[string]{}, Value[string]{}, Value[bool]{}
	p.Properties = withoutConnection(p.Properties)
	return p
}

// ProducerOf returns what the kafka.* layer says to a producer.
func ProducerOf(s Settings) Producer {
	out := Producer{BootstrapServers: s.BootstrapServers, ClientID: s.ClientID, Cluster: s.Cluster, AllowInsecure: s.AllowInsecure}
	for name, v := range s.Properties {
		out.PutProperty(name, v)
	}
	return out
}

// ClientConfig returns the settings as client properties: those of Properties,
// and those that have a key of their own. transaction-id-prefix and client-id
// are not among them: the ids are made from them.
func (p Producer) ClientConfig() map[string]Value[string] {
	out := layerProperties(nil, p.Properties)
	put := func(name string, v Value[string]) {
		if v.IsSet() {
			out[name] = v
		}
	}
	put("bootstrap.servers", p.BootstrapServers)
	put("acks", p.Acks)
	put("compression.type", p.CompressionType)
	put("batch.size", texted(p.BatchSize, 1))
	put("queue.buffering.max.kbytes", texted(p.BufferMemory, 1024))
	put("retries", texted(p.Retries, 1))
	return out
}

// texted prints a number in the client's unit, at least 1 of it.
func texted[T int | int64](v Value[T], unit T) Value[string] {
	if !v.IsSet() {
		return Value[string]{}
	}
	n := v.V / unit
	if v.V > 0 && n == 0 {
		n = 1
	}
	return Value[string]{V: strconv.FormatInt(int64(n), 10), Origin: v.Origin, Secret: v.Secret}
}
