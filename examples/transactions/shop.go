package main

import (
	"context"
	"errors"

	"github.com/hearken-go/hearken/template"
)

const (
	orders = "orders"
	ledger = "ledger"
)

// A Sale is an order that is paid. Refused is one whose credit can't be booked.
type Sale struct {
	ID      string
	Cents   int
	Refused bool
}

// An Order is what goes to orders.
type Order struct{ ID string }

// An Entry is what goes to the ledger: one for each account.
type Entry struct {
	Order, Account string
	Cents          int
}

var errRefused = errors.New("the account of the shop is closed")

// A Shop sells.
type Shop struct{ plain, money *template.Template }

// NewShop makes a Shop.
func NewShop(t Templates) *Shop { return &Shop{t.Plain, t.Money} }

// Sell sends the order and both entries together, or none of them.
func (s *Shop) Sell(ctx context.Context, sale Sale) error {
	return s.money.InTransaction(ctx, func(ctx context.Context) error { return send(ctx, s.money, sale) })
}

// SellAndLeave is Sell for a customer who goes away in the middle of it.
func (s *Shop) SellAndLeave(ctx context.Context, sale Sale) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	return s.money.InTransaction(ctx, func(ctx context.Context) error {
		err := send(ctx, s.money, sale)
		leave()
		return err
	})
}

// SellPlainly sends one after the other: what was sent before an error stays.
func (s *Shop) SellPlainly(ctx context.Context, sale Sale) error { return send(ctx, s.plain, sale) }

// send knows nothing of transactions: its context does.
func send(ctx context.Context, t *template.Template, sale Sale) error {
	if _, err := t.Send(ctx, orders, sale.ID, Order{sale.ID}); err != nil {
		return err
	}
	if _, err := t.Send(ctx, ledger, "customer", Entry{sale.ID, "customer", -sale.Cents}); err != nil {
		return err
	}
	if sale.Refused {
		return errRefused
	}
	_, err := t.Send(ctx, ledger, "shop", Entry{sale.ID, "shop", sale.Cents})
	return err
}
