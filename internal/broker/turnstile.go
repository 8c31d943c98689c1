package broker

import "runtime"

// Clients are made a few at a time. Making one costs a core some milliseconds, and then it
// connects, three times over; a hundred that are made at once connect at once, and a broker has room
// for 50 connections that it has not accepted yet (socket.listen.backlog.size). Who finds none
// tries again after a whole second.
var turnstile = make(chan struct{}, min(runtime.NumCPU(), 4))

// inTurn waits for a turn to make a client, and returns what ends it.
func inTurn() (done func()) {
	turnstile <- struct{}{}
	return func() { <-turnstile }
}
