// Package hearken is the root of a Kafka listener framework for Go: handler
// functions, registered with named container factories that carry an ack mode
// and a concurrency, run on confluent-kafka-go and are wired by fx.
//
// There is no code here. Read the packages in this order:
//
//   - listener: what you write (handlers, records, acknowledgments, options)
//   - ackmode: what each ack mode means, one table row each
//   - factory: named recipes from which listeners get their containers
//   - app: fx wiring, start and stop
//   - container: the engine (loop, ledger, workers, commits, rebalances)
//   - errorhandler, event, observe, config: failures, facts, logs, settings
//
// DESIGN.md follows one record through all of them.
package hearken
