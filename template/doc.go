// Package template is the producing side: typed sends that answer with what the
// broker said, and transactions that make several records visible together or
// not at all.
//
//	sent, err := t.Send(ctx, "orders", order.ID, order)
//
//	err := t.InTransaction(ctx, func(ctx context.Context) error {
//		if _, err := t.Send(ctx, "orders", order.ID, order); err != nil {
//			return err
//		}
//		_, err := t.Send(ctx, "ledger", order.Account, entry)
//		return err
//	})
//
// Request sends a record and waits for another service's reply to it, which
// listener.OnRequest makes over there, or a spring-kafka service:
//
//	quote, err := template.Request[Quote](ctx, t, "quotes", item, Ask{item, 3})
//
// It needs a reply topic (Options.Replies) and the listener that reads it (Template.Replies).
//
// Everything that can go wrong with a send arrives in its result. Compare with
// errors.Is and the errors of this package; whether a record whose send failed
// may be in the log all the same is ErrUnknownOutcome.
package template
