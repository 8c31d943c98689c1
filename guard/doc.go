// Package guard has middleware that holds handlers back: a rate limit, and a
// circuit breaker that pauses its listener. Both stand on libraries that others keep well, golang.org/x/time/rate
// and github.com/sony/gobreaker; this module exists so that they stay out of
// the graphs of those who do not use them.
//
// Neither of them holds a worker, fails a record or counts an attempt: what has
// to wait is postponed (listener.Postpone), its partition waits, and others go on.
package guard
