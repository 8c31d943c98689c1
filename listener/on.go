package listener

import "context"

// On makes a listener whose handler takes one record. A nil from the handler
// means done; an error or a panic goes to the error handler.
//
// Both types are inferred from the function or method value:
//
//	listener.On("orders", billing.OnOrder, listener.Topics("orders"))
//
// The handler is called by one goroutine at a time unless the factory asks for
// more (concurrency, workers).
func On[K, V any](id string, h func(context.Context, KeyedRecord[K, V]) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{}, h == nil, opts)
	l.lends = true
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decoding, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			var rec KeyedRecord[K, V]
			if err := decoding.decode(d.Records[0], &rec); err != nil {
				return err
			}
			return h(ctx, rec)
		}, nil
	}
	return l
}

// OnAck makes a listener whose handler takes one record and its
// acknowledgment, for factories in a manual ack mode.
func OnAck[K, V any](id string, h func(context.Context, KeyedRecord[K, V], Acknowledgment) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{Acks: true}, h == nil, opts)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decoding, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			var rec KeyedRecord[K, V]
			if err := decoding.decode(d.Records[0], &rec); err != nil {
				return err
			}
			return h(ctx, rec, d.Ack)
		}, nil
	}
	return l
}

// OnBatch makes a listener whose handler takes the records of one partition
// that were there together, or that batch-size and batch-linger have put
// together, in offset order and never none. The slice is the handler's own. FailedAt says which record failed; the ones before it are done.
//
// Where record i cannot be decoded, the handler is called with the records
// before it, and when that went well the outcome is FailedAt(i, *DecodeError).
func OnBatch[K, V any](id string, h func(context.Context, []KeyedRecord[K, V]) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{Batch: true}, h == nil, opts)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decoding, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			recs, faulty := decoding.decodeAll(d.Records)
			if faulty != nil {
				return NotCalled(len(recs), faulty)
			}
			return h(ctx, recs)
		}, nil
	}
	return l
}

// OnBatchAck makes a listener whose handler takes a batch and its
// acknowledgment, for batch factories in a manual ack mode.
//
// Its results, and records that cannot be decoded, are those of OnBatch.
func OnBatchAck[K, V any](id string, h func(context.Context, []KeyedRecord[K, V], BatchAcknowledgment) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{Batch: true, Acks: true}, h == nil, opts)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decoding, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			recs, faulty := decoding.decodeAll(d.Records)
			if faulty != nil {
				return NotCalled(len(recs), faulty)
			}
			return h(ctx, recs, d.BatchAck)
		}, nil
	}
	return l
}
