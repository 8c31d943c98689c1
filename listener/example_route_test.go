package listener_test

import (
	"context"
	"fmt"

	"github.com/hearken-go/hearken/listener"
)

type Created struct{ Total int }

type Cancelled struct{ Reason string }

type Orders struct{}

func (Orders) OnCreated(_ context.Context, r listener.Record[Created]) error {
	fmt.Println("created:", r.Value.Total)
	return nil
}

func (Orders) OnCancelled(_ context.Context, r listener.Record[Cancelled]) error {
	fmt.Println("cancelled:", r.Value.Reason)
	return nil
}

// One topic, several types: each has a handler of its own.
func ExampleRoute() {
	var orders Orders
	l := listener.Route("orders", listener.ByHeader("type",
		listener.When("order.created", orders.OnCreated),
		listener.When("order.cancelled", orders.OnCancelled),
	), listener.Topics("orders"))

	handle, err := l.Bind(listener.Codecs{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, value := range [][2]string{{"order.created", `{"Total": 7}`}, {"order.cancelled", `{"Reason": "late"}`}, {"order.lost", `{}`}} {
		err := handle(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{{
			Topic: "orders", Offset: int64(i), Value: []byte(value[1]),
			Headers: listener.Headers{{Key: "type", Value: []byte(value[0])}},
		}}})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// created: 7
	// cancelled: late
	// no handler for orders[0]@2: it has header "type" "order.lost"; there are handlers for "order.created", "order.cancelled", and no listener.Otherwise
}

// Records of other tenants are done, and reach no handler.
func ExampleFilter() {
	mine := func(_ context.Context, r *listener.RawRecord) bool {
		tenant, _ := r.Headers.Get("tenant")
		return string(tenant) == "acme"
	}
	l := listener.On("orders", Billing{}.OnOrder, listener.Topics("orders"), listener.Filter(mine))
	fmt.Println(l.Options()[1])
	// Output:
	// listener.Filter(listener_test.ExampleFilter.func1)
}
