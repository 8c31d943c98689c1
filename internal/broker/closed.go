package broker

// ErrClosed is what every method returns after Close.
var ErrClosed error = &ClientError{Class: Dead, Code: -197, Op: "close", Text: "the consumer is closed"}

// ErrBusy is what Close returns while a Commit, Committed or another question still waits
// for the broker, or when it is called from inside a callback: to free the
// client then would crash the process. The member is as before; once the call
// is over, Close can be called again. Next returns it when it is called from
// inside a callback, or by two goroutines at once.
var ErrBusy error = &ClientError{Class: Transient, Code: -172, Op: "close", Text: "a call is in flight: the consumer was not touched"}
