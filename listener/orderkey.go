package listener

import "fmt"

// An OrderKey tells by which key a record is ordered under key ordering. nil is
// no key; an empty key is one. It reads the record and changes nothing. A record
// whose key it can't tell, by an error or a panic, has failed and goes to the
// error handler, as an undecodable one does; it is ordered by nothing then. While
// it does not come back, its partition waits, and is reported as one that does not
// move after a minute, or after handler-timeout where that is less. It is called
// for one record of a partition at a time, for several partitions at once.
type OrderKey func(*RawRecord) ([]byte, error)

// An OrderKeyError says of which record the ordering key could not be told. It
// won't be better the next time.
type OrderKeyError struct {
	Topic     string
	Partition int32
	Offset    int64
	Err       error
}

// Error names the record.
func (e *OrderKeyError) Error() string {
	return fmt.Sprintf("the ordering key of %s[%d]@%d can't be told: %v", e.Topic, e.Partition, e.Offset, e.Err)
}

// Unwrap returns what went wrong.
func (e *OrderKeyError) Unwrap() error { return e.Err }

func (e *OrderKeyError) advice() advice { return advice{fatal: true} }
