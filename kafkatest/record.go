package kafkatest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Record is a record to produce, or to call a handler with. Make one with
// Value, KV or Tombstone; the other methods return a changed copy.
type Record struct {
	raw       listener.RawRecord
	partition int32 // -1: by key, else by turns
}

// Value returns a record with a null key. v is written as it is if it is a
// string or []byte, as null if it is nil, and as JSON otherwise.
func Value(v any) Record {
	return Record{raw: listener.RawRecord{Value: encode(v), LeaderEpoch: -1}, partition: -1}
}

// KV returns a record with a key and a value, each written as Value does.
func KV(key, v any) Record { return Value(v).WithKey(key) }

// Tombstone returns a record with a key and a null value.
func Tombstone(key any) Record { return KV(key, nil) }

// Values returns one record for each v.
func Values[V any](vs ...V) []Record {
	records := make([]Record, len(vs))
	for i, v := range vs {
		records[i] = Value(v)
	}
	return records
}

// WithKey sets the key; nil is a null key, "" an empty one.
func (r Record) WithKey(key any) Record { r.raw.Key = encode(key); return r }

// WithHeader adds a header; nil is a null value.
func (r Record) WithHeader(key string, v any) Record {
	r.raw.Headers = append(slices.Clone(r.raw.Headers), listener.Header{Key: key, Value: encode(v)})
	return r
}

// OnPartition sets the partition. Defaults to the key's (murmur2, as Java
// clients do); records without a key go to the partitions by turns.
func (r Record) OnPartition(p int32) Record { r.partition = p; return r }

// At sets the timestamp. Defaults to now.
func (r Record) At(t time.Time) Record { r.raw.Timestamp = t; return r }

func encode(v any) []byte {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("kafkatest: a %T as JSON: %v", v, err))
	}
	return data
}
