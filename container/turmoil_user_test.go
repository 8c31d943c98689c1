package container_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/listener"
)

func (x *turmoil) handle(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
	where, _ := ctx.Value(processKey{}).(string)
	x.begin(where, r)
	defer x.end(where, r)
	time.Sleep(x.ms(40)) //nolint:forbidigo // fake time
	switch x.draw(24) {
	case 0:
		return errors.New("boom")
	case 1:
		panic("boom")
	case 2:
		runtime.Goexit()
	case 3:
		return listener.Postpone(x.ms(300), nil)
	case 4:
		return listener.PauseFor(x.ms(300), errors.New("down"))
	case 5:
		if ack != nil {
			return ack.Nack(x.ms(300))
		}
		return errors.New("boom")
	case 6:
		if ack != nil {
			late := x.ms(2000)
			go func() {
				time.Sleep(late) //nolint:forbidigo // fake time
				if x.draw(3) == 0 {
					_ = ack.Nack(0)
					return
				}
				x.settle(r.Offset)
				_ = ack.Acknowledge()
			}()
			return nil
		}
	}
	x.settle(r.Offset)
	if ack != nil {
		_ = ack.Acknowledge()
	}
	return nil
}

// handleBatch is handle for batches: what it says to be done is done.
func (x *turmoil) handleBatch(ctx context.Context, d *listener.Delivery) error {
	where, _ := ctx.Value(processKey{}).(string)
	x.begin(where, d.Records[0])
	defer x.end(where, d.Records[0])
	time.Sleep(x.ms(40)) //nolint:forbidigo // fake time
	n := len(d.Records)
	first := x.draw(n)
	settle := func(recs []*listener.RawRecord) {
		for _, r := range recs {
			x.settle(r.Offset)
		}
	}
	switch x.draw(24) {
	case 0:
		return errors.New("boom")
	case 1:
		panic("boom")
	case 2:
		runtime.Goexit()
	case 3:
		return listener.Postpone(x.ms(300), nil)
	case 4:
		settle(d.Records[:first])
		return listener.FailedAt(first, errors.New("boom"))
	case 5:
		errs := make([]error, n)
		for i, r := range d.Records {
			switch x.draw(6) {
			case 0:
				errs[i] = errors.New("boom")
			case 1:
				errs[i] = listener.Postpone(x.ms(100), nil)
			default:
				x.settle(r.Offset)
			}
		}
		if err := listener.Results(d.Records, errs); err != nil {
			return err
		} // else it is a nil like any other, which is no acknowledgment
	case 6:
		settle(d.Records[:first])
		if d.BatchAck != nil {
			_ = d.BatchAck.AcknowledgeFirst(first)
			return errors.New("boom")
		}
		return listener.FailedAt(first, listener.Postpone(x.ms(300), nil))
	case 7:
		settle(d.Records[:first])
		if d.BatchAck != nil {
			return d.BatchAck.NackFrom(first, x.ms(300))
		}
		return listener.FailedAt(first, errors.New("boom"))
	case 8:
		return listener.NotCalled(first, errors.New("boom"))
	case 9:
		if d.BatchAck != nil {
			late, ack, recs := x.ms(2000), d.BatchAck, slices.Clone(d.Records) // d is the worker's
			go func() {
				time.Sleep(late) //nolint:forbidigo // fake time
				if x.draw(3) == 0 {
					_ = ack.NackFrom(0, 0)
					return
				}
				settle(recs)
				_ = ack.Acknowledge()
			}()
			return nil
		}
	}
	settle(d.Records)
	if d.BatchAck != nil {
		_ = d.BatchAck.Acknowledge()
	}
	return nil
}

// Recover is slow, and fails now and then.
func (x *turmoil) Recover(ctx context.Context, f errorhandler.Failure) error {
	r := f.Records[0]
	where, _ := ctx.Value(processKey{}).(string)
	x.begin(where, r)
	defer x.end(where, r)
	time.Sleep(x.ms(400)) //nolint:forbidigo // fake time
	switch x.draw(4) {
	case 0:
		return errors.New("no")
	case 1:
		runtime.Goexit()
	}
	x.giveUp(r)
	return nil
}

// giveUp is settle for what no handler has done.
func (x *turmoil) giveUp(r *listener.RawRecord) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done[r.Offset] = true
	x.given[output(r)] = true
}

func (x *turmoil) verdict(f errorhandler.Failure) errorhandler.Verdict {
	switch x.draw(6) {
	case 0:
		x.giveUp(f.Records[0])
		return errorhandler.Skip()
	case 1, 2:
		return errorhandler.RecoverWith(x)
	case 3:
		return errorhandler.Redeliver(0)
	default:
		return errorhandler.Redeliver(x.ms(500))
	}
}
