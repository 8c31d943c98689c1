package listener

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"unsafe"
)

// decoderFor returns the decoder of T: by the chosen codec where that serves T, else by type.
func decoderFor[T any](part string, chosen Codec) (decoder[T], error) {
	t := reflect.TypeFor[T]()
	if partial, ok := chosen.(PartialCodec); ok && !partial.Serves(t) {
		chosen = nil
	}
	if chosen != nil {
		return viaCodec[T](part, chosen), nil
	}
	if err := undecodable(part, t); err != nil {
		return nil, err
	}
	if raw := rawDecoder[T](); raw != nil {
		return raw, nil
	}
	return viaCodec[T](part, JSON()), nil
}

// undecodable refuses, at the start, what could never be decoded by type.
func undecodable(part string, t reflect.Type) error {
	name := shortType(t)
	switch {
	case t.Kind() == reflect.Interface && t.NumMethod() > 0:
		return fmt.Errorf("%s type %s is an interface: name the concrete type, or set a codec that knows it", part, name)
	case isMessage(t):
		return fmt.Errorf("%s type %s is a protobuf message and has no codec: use factory.Codec(protocodec.New())", part, name)
	case isMessage(reflect.PointerTo(t)):
		return fmt.Errorf("%s type %s is a protobuf message, which must not be copied: take a *%s, and use factory.Codec(protocodec.New())", part, name, name)
	}
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%s type %s cannot be decoded from JSON: set a codec that knows it", part, name)
	default:
		return nil
	}
}

// isMessage knows a protobuf message by its method set, so that this package
// does not import protobuf.
func isMessage(t reflect.Type) bool {
	_, ok := t.MethodByName("ProtoReflect")
	return ok
}

// rawDecoder returns the decoder of strings and byte slices, or nil for any
// other type. The two types themselves come without reflection: they are the
// hot path.
func rawDecoder[T any]() decoder[T] {
	var asString decoder[string] = func(_ *RawRecord, data []byte) (string, error) { return shared(data), nil }
	var asBytes decoder[[]byte] = func(_ *RawRecord, data []byte) ([]byte, error) { return data, nil }
	for _, d := range []any{asString, asBytes} {
		if d, ok := d.(decoder[T]); ok {
			return d
		}
	}
	return namedRaw[T](reflect.TypeFor[T]())
}

// shared is data as a string without a copy: a record's bytes are never written to.
func shared(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// namedRaw serves types such as `type OrderID string`, whose keys on the wire
// are plain text and not quoted JSON.
func namedRaw[T any](t reflect.Type) decoder[T] {
	isString := t.Kind() == reflect.String
	isBytes := t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[byte]()
	if !isString && !isBytes || unmarshalsItself(t) {
		return nil
	}
	return func(_ *RawRecord, data []byte) (v T, err error) {
		into := reflect.ValueOf(&v).Elem()
		if isString {
			into.SetString(shared(data))
		} else {
			into.SetBytes(data)
		}
		return v, nil
	}
}

func unmarshalsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// viaCodec decodes into a T of its own; for a T that is *E, into a fresh E.
func viaCodec[T any](part string, c Codec) decoder[T] {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Pointer || t.Name() != "" {
		return func(r *RawRecord, data []byte) (T, error) {
			var v, zero T
			if err := guarded(c, part, r, data, &v); err != nil {
				return zero, err
			}
			return v, nil
		}
	}
	return func(r *RawRecord, data []byte) (T, error) {
		var zero T
		v := reflect.New(t.Elem()).Interface()
		if err := guarded(c, part, r, data, v); err != nil {
			return zero, err
		}
		return v.(T), nil
	}
}
