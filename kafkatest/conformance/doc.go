// Package conformance runs the broker seam's conformance suite with the real
// client, against the embedded broker and a real Kafka, under each rebalance
// protocol. The fake runs the same suite where it lives.
package conformance
