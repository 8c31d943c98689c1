package guard_test

import (
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/guard"
)

// A factory whose listeners call a payment provider: 100 records a second at
// most, and none while it is down. The breaker stands outside: what meets it
// open takes no token.
func Example() {
	_ = factory.New("payments", factory.Use(
		guard.Breaker(gobreaker.Settings{Name: "payments", Timeout: 10 * time.Second}),
		guard.RateLimit(rate.NewLimiter(100, 20)),
	))
}
