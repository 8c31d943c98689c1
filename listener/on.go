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
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decode, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			rec, err := decode(d.Records[0])
			if err != nil {
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
		decode, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			rec, err := decode(d.Records[0])
			if err != nil {
				return err
			}
			return h(ctx, rec, d.Ack)
		}, nil
	}
	return l
}

// OnBatch makes a listener whose handler takes the records of one partition
// that were there together, in offset order and never none. The slice is the
// handler's own. FailedAt says which record failed; the ones before it are done.
//
// Where record i cannot be decoded, the handler is called with the records
// before it, and when that went well the outcome is FailedAt(i, *DecodeError).
func OnBatch[K, V any](id string, h func(context.Context, []KeyedRecord[K, V]) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{Batch: true}, h == nil, opts)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decode, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			recs, faulty := decodeAll(decode, d.Records)
			if len(recs) > 0 {
				if err := h(ctx, recs); err != nil {
					return err
				}
			}
			if faulty != nil {
				return FailedAt(len(recs), faulty)
			}
			return nil
		}, nil
	}
	return l
}

// OnBatchAck makes a listener whose handler takes a batch and its
// acknowledgment, for batch factories in a manual ack mode.
//
// Where record i cannot be decoded, the handler is not called and the outcome
// is NotCalled(i, *DecodeError): only the handler may mark a record, and the
// acknowledgment belongs to all that it was called with. The records before i
// are delivered as a batch of their own, record i goes to the error handler.
func OnBatchAck[K, V any](id string, h func(context.Context, []KeyedRecord[K, V], BatchAcknowledgment) error, opts ...Option) Listener {
	l := declare[K, V](id, Shape{Batch: true, Acks: true}, h == nil, opts)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decode, err := bindDecoder[K, V](c)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			recs, faulty := decodeAll(decode, d.Records)
			if faulty != nil {
				return NotCalled(len(recs), faulty)
			}
			return h(ctx, recs, d.BatchAck)
		}, nil
	}
	return l
}
