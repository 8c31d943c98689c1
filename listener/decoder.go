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

// A decoding is how a listener's records are decoded.
type decoding[K, V any] struct {
	key      decoder[K]
	value    decoder[V]
	validate Validator // or nil
}

// bindDecoder chooses both codecs and reports all that is wrong with them.
func bindDecoder[K, V any](c Codecs) (*decoding[K, V], error) {
	key, keyErr := decoderFor[K]("key", c.Key)
	value, valueErr := decoderFor[V]("value", c.Value)
	if err := errors.Join(keyErr, valueErr); err != nil {
		return nil, err
	}
	return &decoding[K, V]{key, value, c.Validate}, nil
}

// decode fills rec, which is large: to return it would copy it twice for each record.
func (d *decoding[K, V]) decode(r *RawRecord, rec *KeyedRecord[K, V]) (err error) {
	rec.Topic, rec.Partition, rec.Offset = r.Topic, r.Partition, r.Offset
	rec.Headers, rec.Timestamp = r.Headers, r.Timestamp
	rec.Attempt, rec.LeaderEpoch = r.Attempt, r.LeaderEpoch
	rec.NullKey, rec.Tombstone = r.Key == nil, r.Value == nil
	if !rec.NullKey {
		if rec.Key, err = d.key(r, r.Key); err != nil {
			return err
		}
	}
	if rec.Tombstone {
		return nil
	}
	if rec.Value, err = d.value(r, r.Value); err == nil && d.validate != nil {
		err = validated(d.validate, r, rec.Value)
	}
	return err
}

// decodeAll decodes until the first fault and returns what came before it.
func (d *decoding[K, V]) decodeAll(raws []*RawRecord) ([]KeyedRecord[K, V], error) {
	recs := make([]KeyedRecord[K, V], len(raws))
	for i, r := range raws {
		if err := d.decode(r, &recs[i]); err != nil {
			return recs[:i:i], err
		}
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
