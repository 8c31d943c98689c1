package listener

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// An Encoder is the sending side of a Codec; JSONEncoder and
// protocodec.Encoder return two. It must be safe for concurrent use. One that also has a method
// Serves(reflect.Type) bool leaves the types it does not serve to the choice by type.
type Encoder interface {
	// Name is what the codec is called in errors and settings, for example "json".
	Name() string
	// Encode returns v's bytes, which are never nil. The error is logged: its
	// text must not quote v. A panic counts as an error.
	Encode(topic string, v any) ([]byte, error)
}

// An EncodeError says what could not be encoded. Its text does not quote the
// value. A retry is not expected to help.
type EncodeError struct {
	Topic string
	Type  string // the value's type
	Codec string // the codec's name, "" where the type has none
	Err   error  // what the codec answered
}

// Error names topic, type and codec.
func (e *EncodeError) Error() string {
	by := ""
	if e.Codec != "" {
		by = " as " + e.Codec
	}
	return fmt.Sprintf("encode a %s for %s%s: %v", e.Type, e.Topic, by, e.Err)
}

// Unwrap returns the codec's error.
func (e *EncodeError) Unwrap() error { return e.Err }

func (e *EncodeError) advice() advice { return advice{fatal: true} }

// Encode returns the bytes of v, as the listeners' choice by type reads them:
// by enc where that is set and serves the type, else strings and byte slices
// (and types made from them) as they are, and everything else as JSON. nil, a
// nil pointer and a nil byte slice are a tombstone: nil. The error is an *EncodeError.
func Encode(enc Encoder, topic string, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		if enc == nil {
			return v, nil
		}
	case string:
		if enc == nil {
			return []byte(v), nil
		}
	}
	rv := reflect.ValueOf(v)
	t := rv.Type()
	if rv.Kind() == reflect.Pointer && rv.IsNil() || isBytes(t) && rv.IsNil() {
		return nil, nil
	}
	if partial, ok := enc.(interface{ Serves(reflect.Type) bool }); ok && !partial.Serves(t) {
		enc = nil
	}
	if enc != nil {
		return encoded(enc, topic, v, t)
	}
	return byType(topic, v, rv)
}

// byType is Encode without a codec.
func byType(topic string, v any, rv reflect.Value) ([]byte, error) {
	t := rv.Type()
	switch wayOf(t) {
	case asMessage:
		return nil, &EncodeError{Topic: topic, Type: shortType(t), Err: errNoProtobuf}
	case asText:
		return []byte(rv.String()), nil
	case asBytes:
		return rv.Bytes(), nil
	default:
		return encoded(jsonCodec{}, topic, v, t)
	}
}

var errNoProtobuf = errors.New("it is a protobuf message and has no codec: give the template, or this send, protocodec.Encoder(), and a pointer")

// encoded calls the codec; whatever goes wrong in it is an *EncodeError.
func encoded(enc Encoder, topic string, v any, t reflect.Type) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		if err == nil && data == nil {
			err = errors.New("the codec answered nil, which would be a tombstone: send nil for one")
		}
		if err != nil {
			data, err = nil, &EncodeError{Topic: topic, Type: shortType(t), Codec: enc.Name(), Err: err}
		}
	}()
	return enc.Encode(topic, v)
}

// JSONEncoder returns the sending side of JSON: setting it makes string and
// []byte JSON, too.
func JSONEncoder() Encoder { return jsonCodec{} }

// Encode marshals v.
func (jsonCodec) Encode(_ string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, &jsonError{text: jsonRefusal(err), err: err}
	}
	return data, nil
}

// jsonRefusal says in words of our own what could not be marshalled.
func jsonRefusal(err error) string {
	if unsupported, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		return "there is no JSON for a " + shortType(unsupported.Type)
	}
	return fmt.Sprintf("refused with a %T", err)
}

// A way is how values of a type are encoded by type.
type way uint8

const (
	asJSON way = iota
	asText
	asBytes
	asMessage
)

// ways remembers them: to ask costs more than to send.
var ways sync.Map // reflect.Type → way

// wayOf mirrors the decoders' choice (see decoderFor).
func wayOf(t reflect.Type) way {
	if known, ok := ways.Load(t); ok {
		return known.(way)
	}
	w := asJSON
	switch {
	case isMessage(t) || isMessage(reflect.PointerTo(t)):
		w = asMessage
	case unmarshalsItself(t):
	case t.Kind() == reflect.String:
		w = asText
	case isBytes(t):
		w = asBytes
	}
	ways.Store(t, w)
	return w
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[byte]()
}
