package listener

import "reflect"

// Codecs are the codecs that a container chose for a listener. A nil field
// means "by type":
//
//   - string and []byte, and types made from them that have no unmarshalling of
//     their own: the bytes as they are;
//   - protobuf messages: a codec must be set, see package protocodec;
//   - everything else: JSON.
type Codecs struct {
	Key   Codec
	Value Codec
	// Validate, if set, is asked about every value that was decoded.
	Validate Validator
}

// A Codec decodes keys or values. It must be safe for concurrent use.
type Codec interface {
	// Name is what the codec is called in errors and settings, for example "json".
	Name() string
	// Decode reads data, which is never nil and must not be written to or
	// kept, into the value that into points to. For a handler of T, and as well
	// for a handler of *T, into is a *T to a zero T of its own. r gives topic
	// and headers, and is valid until Decode returns. The error is logged: its text must not quote data. A panic
	// counts as an error.
	Decode(r *RawRecord, data []byte, into any) error
}

// A PartialCodec serves some types only. Where it is set, all other types go
// on being decoded by type: protocodec.New() adds protobuf and leaves JSON alone.
type PartialCodec interface {
	Codec
	// Serves reports whether the codec decodes the type that a handler names.
	Serves(t reflect.Type) bool
}
