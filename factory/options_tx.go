package factory

import (
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// TransactionIDPrefix makes listeners exactly-once, from Kafka to Kafka: what
// a handler sends with its context, by any template of the same cluster, and the offsets that
// it has consumed become visible to read-committed readers together, or not at
// all. Handlers may run twice; their outputs appear once. It goes with the ack modes
// BATCH (many records in one transaction) and RECORD (one in each).
// Placeholders are resolved; "" takes the setting of a layer below back.
func TransactionIDPrefix(prefix string) Option {
	return with("transaction-id-prefix", prefix, func(s *spec.Settings) *spec.Value[string] { return &s.TransactionIDPrefix })
}

// TransactionInstance names the process in the transactional ids,
// <prefix>-<instance>-<listener>-<i>. No two live processes may share it: they
// would fence each other. Defaults to a name that no other process has; one
// that outlives a restart lets the restart end at once what a crash has left
// open, which holds up readers for TransactionTimeout otherwise.
func TransactionInstance(name string) Option {
	return with("transaction-instance", name, func(s *spec.Settings) *spec.Value[string] { return &s.TransactionInstance })
}

// TransactionMaxRecords is how many records one transaction has at most under
// BATCH; a batch is never divided. Defaults to 1000.
func TransactionMaxRecords(n int) Option {
	return with("transaction-max-records", n, func(s *spec.Settings) *spec.Value[int] { return &s.TransactionMaxRecords })
}

// TransactionMaxTime is how long after its first record a transaction is
// committed; handlers that run are waited for. Defaults to 100 ms.
func TransactionMaxTime(d time.Duration) Option {
	return with("transaction-max-time", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.TransactionMaxTime })
}

// TransactionTimeout is after which the broker aborts a transaction, and how
// long handlers may take at most. Defaults to 10 s.
func TransactionTimeout(d time.Duration) Option {
	return with("transaction-timeout", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.TransactionTimeout })
}
