package factory

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// transactionSettings mean nothing without a transaction-id-prefix.
var transactionSettings = []string{"transaction-instance", "transaction-max-records", "transaction-max-time", "transaction-timeout"}

// checkTransactional reports what can't be exactly-once. full has its
// defaults; set has what somebody wrote.
func (r *resolver) checkTransactional(full, set *spec.Settings, explicit bool, subject string) (notes []string) {
	prefix := full.TransactionIDPrefix
	if prefix.V == "" {
		for _, key := range transactionSettings {
			k, _ := spec.Lookup(key)
			if text, origin := k.Get(set); origin != "" {
				notes = append(notes, fmt.Sprintf("%s: %s (%s) is not used: there is no transaction-id-prefix", key, text, origin))
			}
		}
		return notes
	}
	by := fmt.Sprintf("under transaction-id-prefix (%s)", prefix.Origin)
	fault := func(key, origin, problem, fix string) {
		r.faults.AddOnce(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	if mode := full.AckMode; mode.V.Valid() && mode.V != ackmode.Batch && mode.V != ackmode.Record {
		fault("ack-mode", mode.Origin, fmt.Sprintf("%s %s: the transaction commits the offsets, nobody else does", mode.V, by),
			"choose BATCH (many records in one transaction) or RECORD (one in each), or remove transaction-id-prefix")
	}
	if level := full.IsolationLevel; level.V == "read_uncommitted" {
		fault("isolation-level", level.Origin, "read_uncommitted "+by+" reads records that are taken back later", "choose read_committed")
	}
	if explicit {
		fault("partitions", full.Partitions.Origin, "explicit partitions "+by+": without a group's generation nothing keeps a zombie from committing",
			"subscribe to topics, or remove transaction-id-prefix and put template.Transactional around the handler")
	}
	for _, key := range []string{"ack-time", "commit"} {
		k, _ := spec.Lookup(key)
		if _, origin := k.Get(set); origin != "" {
			fault(key, origin, "means nothing "+by+": a transaction's end is the commit", "remove it; transaction-max-records and transaction-max-time bound a transaction")
		}
	}
	if n := set.TransactionMaxRecords; n.IsSet() && n.V != 1 && full.AckMode.V == ackmode.Record {
		fault("transaction-max-records", n.Origin, fmt.Sprintf("%d under ack-mode RECORD (%s), where each record has a transaction of its own", n.V, full.AckMode.Origin), "remove it, or choose BATCH")
	}
	timeout := full.TransactionTimeout
	if h := full.HandlerTimeout; h.V > timeout.V {
		fault("handler-timeout", h.Origin, fmt.Sprintf("%s is more than transaction-timeout, %s (%s): a handler that outlives its transaction can't commit", h.V, timeout.V, timeout.Origin),
			"raise transaction-timeout, or lower handler-timeout")
	}
	if t := full.TransactionMaxTime; t.V > timeout.V/2 {
		fault("transaction-max-time", t.Origin, fmt.Sprintf("%s is more than half of transaction-timeout, %s (%s)", t.V, timeout.V, timeout.Origin), "lower it, or raise transaction-timeout")
	}
	return nil
}

// producerOwn are the properties of kafka.producer that a listener's producer
// has values of its own for.
var producerOwn = map[string]bool{
	"acks": true, "request.required.acks": true, "enable.idempotence": true, "retries": true, "client.id": true,
	"transactional.id": true, "transaction.timeout.ms": true, "message.timeout.ms": true, "delivery.timeout.ms": true,
}

// producerConfig is how a transactional listener's producer is made: tuned as
// kafka.producer says, connected as the listener is.
func producerConfig(tuning spec.Producer, s spec.Settings, id string) map[string]string {
	out := plainConfig(tuning, s)
	timeout := strconv.FormatInt(s.TransactionTimeout.V.Milliseconds(), 10)
	maps.Copy(out, map[string]string{
		"bootstrap.servers": s.BootstrapServers.V, "client.id": s.ClientID.V + "-" + id + "-tx",
		"acks": "all", "enable.idempotence": "true",
		"transaction.timeout.ms": timeout, "message.timeout.ms": timeout,
	})
	return out
}

// transactional is the engine's part of it, nil for a plain listener.
func transactional(tuning spec.Producer, s spec.Settings, id string) *container.Tx {
	if s.TransactionIDPrefix.V == "" {
		return nil
	}
	return &container.Tx{
		Prefix:  s.TransactionIDPrefix.V + "-" + s.TransactionInstance.V,
		Records: s.TransactionMaxRecords.V, Time: s.TransactionMaxTime.V, Timeout: s.TransactionTimeout.V,
		Cluster: s.BootstrapServers.V,
		Open: func(transactionalID string, p broker.ProducerParams) (broker.Producer, error) {
			config, err := spec.ResolveSecrets(producerConfig(tuning, s, id))
			if err != nil {
				return nil, err
			}
			config["transactional.id"] = transactionalID
			p.Config = config
			return broker.OpenProducer(p)
		},
	}
}
