package listener

// Codecs are the codecs that a container chose for a listener. A nil field
// means "by type": string and []byte raw, proto.Message by protobuf, everything
// else as JSON.
type Codecs struct {
	Key   Codec
	Value Codec
}

// A Codec decodes keys or values. It must be safe for concurrent use.
type Codec interface {
	// Name is what the codec is called in errors and settings, for example "json".
	Name() string
	// Decode reads data, which is never nil and must not be written to or
	// kept, into the value that into points to. r gives topic and headers.
	Decode(r *RawRecord, data []byte, into any) error
}
