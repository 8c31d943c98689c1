// Package protocodec decodes and encodes protobuf messages. It stands by itself, so that
// programs without protobuf do not link it.
package protocodec

import (
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"

	"github.com/hearken-go/hearken/listener"
)

// New returns the codec for protobuf's binary format. It serves handlers that
// take a pointer to a generated message, Record[*pb.Order]; types that are no
// messages go on being decoded by type. Unknown fields are kept.
func New() listener.Codec { return codec{} }

type codec struct{}

// Name returns "protobuf".
func (codec) Name() string { return "protobuf" }

// Serves reports whether t is a pointer to a generated message.
func (codec) Serves(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Implements(reflect.TypeFor[proto.Message]())
}

// Decode unmarshals data into the message.
func (codec) Decode(_ *listener.RawRecord, data []byte, into any) error {
	m, ok := into.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is not a protobuf message", into)
	}
	return proto.Unmarshal(data, m)
}

// Encoder returns the codec for templates: it encodes pointers to generated
// messages; all other types go on being encoded by type.
func Encoder() listener.Encoder { return codec{} }

// Encode marshals the message.
func (codec) Encode(_ string, v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is not a protobuf message", v)
	}
	data, err := proto.Marshal(m)
	if err == nil && data == nil {
		data = []byte{} // a message of nothing but defaults is not a tombstone
	}
	return data, err
}
