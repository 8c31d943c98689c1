package template_test

import (
	"context"

	"github.com/hearken-go/hearken/template"
)

type (
	Invoice struct{ Cents int }
	Payment struct{ Invoice string }
)

// Keys and values have types, and one transaction takes several of them.
func ExampleOf() {
	pay := func(ctx context.Context, t *template.Template) error {
		invoices := template.Of[string, Invoice](t, "invoices")
		payments := template.Of[int, Payment](t, "payments")
		return t.InTransaction(ctx, func(ctx context.Context) error {
			if _, err := invoices.Send(ctx, "i-1", Invoice{999}); err != nil {
				return err
			}
			_, err := payments.Send(ctx, 17, Payment{"i-1"})
			return err
		})
	}
	_ = pay
}
