// Package e2e holds the suite that runs the whole framework against brokers:
// the embedded one, and a real Kafka where there is one. What it asserts is
// what an outsider sees: handler calls, and the group's committed offsets.
package e2e
