// Package kafkatest is for tests of code that listens to Kafka.
//
//   - New starts an embedded broker inside the test process, in milliseconds.
//   - Real connects to a real Kafka, where `make test` has started one.
//   - Each runs one test on both, so that neither can drift from the other.
//   - Call runs a listener's handler on records without any broker.
//   - Recorder is a handler that remembers what it received.
//   - Eventually waits for a fact, and says why it waited when it never came.
//
// A Broker's methods produce, create topics, and look at a group's offsets and
// members from outside, with a client (franz-go) that shares no code with the
// one under test. They fail the test that made the Broker; none of them returns
// an error. Package kafkatest is a module of its own: franz-go stays out of the
// dependencies of programs.
package kafkatest
