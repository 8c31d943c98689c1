//go:build unix

// Package devkafka runs a real Apache Kafka on this machine, for tests: it
// needs Java 17 and Maven, and nothing else. One node, or three for tests that
// kill nodes; loopback ports that were free; data that is gone after Stop.
//
// The jars come by Maven, once, into the user's cache folder. No JVM outlives
// the process that started it: Stop kills it, and on Linux so does the death of
// that process, however it dies.
package devkafka
