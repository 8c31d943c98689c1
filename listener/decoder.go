package listener

import (
	"errors"
	"fmt"
	"runtime"
)

// A DecodeError says which record's key or value could not be decoded. It
// never holds the payload, and its text does not quote it. A retry is not
// expected to help.
type DecodeError struct {
	Topic     string
	Partition int32
	Offset    int64
	Part      string // "key" or "value"
	Codec     string // the codec's name
	Err       error  // what the codec answered
}

// Error names the place, the part and the codec.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("decode %s of %s[%d]@%d as %s: %v", e.Part, e.Topic, e.Partition, e.Offset, e.Codec, e.Err)
}

// Unwrap returns the codec's error.
func (e *DecodeError) Unwrap() error { return e.Err }

func (e *DecodeError) advice() advice { return advice{fatal: true} }

// A decoder turns bytes into a T; data is not nil.
type decoder[T any] func(r *RawRecord, data []byte) (T, error)

// bindDecoder chooses both codecs and reports all that is wrong with them.
func bindDecoder[K, V any](c Codecs) (func(*RawRecord) (KeyedRecord[K, V], error), error) {
	key, keyErr := decoderFor[K]("key", c.Key)
	value, valueErr := decoderFor[V]("value", c.Value)
	if err := errors.Join(keyErr, valueErr); err != nil {
		return nil, err
	}
	if c.Validate == nil {
		return func(r *RawRecord) (KeyedRecord[K, V], error) { return decodeRecord(r, key, value) }, nil
	}
	return func(r *RawRecord) (KeyedRecord[K, V], error) {
		rec, err := decodeRecord(r, key, value)
		if err == nil && !rec.Tombstone {
			err = validated(c.Validate, r, rec.Value)
		}
		return rec, err
	}, nil
}

func decodeRecord[K, V any](r *RawRecord, key decoder[K], value decoder[V]) (KeyedRecord[K, V], error) {
	rec := KeyedRecord[K, V]{
		Topic:       r.Topic,
		Partition:   r.Partition,
		Offset:      r.Offset,
		Headers:     r.Headers,
		Timestamp:   r.Timestamp,
		Attempt:     r.Attempt,
		LeaderEpoch: r.LeaderEpoch,
		NullKey:     r.Key == nil,
		Tombstone:   r.Value == nil,
	}
	var err error
	if !rec.NullKey {
		if rec.Key, err = key(r, r.Key); err != nil {
			return rec, err
		}
	}
	if !rec.Tombstone {
		rec.Value, err = value(r, r.Value)
	}
	return rec, err
}

// decodeAll decodes until the first fault and returns what came before it.
func decodeAll[K, V any](decode func(*RawRecord) (KeyedRecord[K, V], error), raws []*RawRecord) ([]KeyedRecord[K, V], error) {
	recs := make([]KeyedRecord[K, V], 0, len(raws))
	for _, r := range raws {
		rec, err := decode(r)
		if err != nil {
			return recs, err
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

// guarded calls the codec; whatever goes wrong in it is a *DecodeError.
func guarded(c Codec, part string, r *RawRecord, data []byte, into any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
		if err != nil {
			err = &DecodeError{r.Topic, r.Partition, r.Offset, part, c.Name(), err}
		}
	}()
	return c.Decode(r, data, into)
}

// panicked makes an error of a codec's panic. Only the runtime's own panics
// are quoted: any other value may hold the payload.
func panicked(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("the codec panicked: %w", err)
	}
	return fmt.Errorf("the codec panicked with a %T", v)
}

// Decode decodes a record's value as listeners do: by c where that is set and
// serves the type, else by type. A tombstone is the zero T. The error is a *DecodeError,
// or says that T has no codec.
func Decode[T any](c Codec, r *RawRecord) (T, error) {
	var zero T
	decode, err := decoderFor[T]("value", c)
	if err != nil || r.Value == nil {
		return zero, err
	}
	return decode(r, r.Value)
}
