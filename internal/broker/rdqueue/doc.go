// Package rdqueue reads librdkafka's partition queues: many messages per cgo
// call, where the client's own Poll takes one message and four calls. It leans
// on one unexported field of the client, so that Attach checks first what it
// finds, and callers go on with Poll where it is in doubt.
//
// The sequence, and its traps (each was measured or met):
//   - a queue is taken before the partition is assigned, every time: the same
//     partition may have another queue, and its forward is gone after a revoke;
//   - a queue is drained with a timeout of 0: with another one the call waits
//     for a full batch;
//   - nothing is drained once the partition was given back, and queues are
//     given up before the client is closed;
//   - the descriptor is written when an empty queue gets its first element: who
//     leaves something in a queue comes back unasked;
//   - errors of a partition, and its end, come in its queue and not by Poll.
//
// A Reader belongs to the goroutine that polls the client; Wake alone is safe
// from everywhere.
package rdqueue
