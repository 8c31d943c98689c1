package event

// The client.
type (
	// ClientError: the Kafka client reported an error; Repeats counts equal ones that were left out.
	ClientError struct {
		Consumer Consumer
		Err      error
		Repeats  int
	}
	// ClientLog: a line of librdkafka's own log.
	ClientLog struct {
		Consumer Consumer
		Level    int // syslog level, 0 to 7
		Tag      string
		Text     string
	}
	// Dropped: an observer was too slow, and this many events were left out.
	Dropped struct{ Events uint64 }
)

func (ClientError) event() {}
func (ClientLog) event()   {}
func (Dropped) event()     {}
