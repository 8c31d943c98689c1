package guard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/hearken-go/hearken/guard"
	"github.com/hearken-go/hearken/listener"
)

// delivery is n records of one partition.
func delivery(partition int32, offset int64, n int) *listener.Delivery {
	d := &listener.Delivery{}
	for i := range n {
		d.Records = append(d.Records, &listener.RawRecord{Topic: "t", Partition: partition, Offset: offset + int64(i)})
	}
	return d
}

// deliver does what the engine does with what is postponed; it returns how often that was.
func deliver(t *testing.T, h listener.HandlerFunc, d *listener.Delivery) (postponed int) {
	t.Helper()
	for {
		err := h(t.Context(), d)
		p, later := listener.AsPostponed(err)
		if !later {
			require.NoError(t, err)
			return postponed
		}
		postponed++
		time.Sleep(p.After) //nolint:forbidigo // fake time
	}
}

func counting(n *int) listener.HandlerFunc {
	return func(_ context.Context, d *listener.Delivery) error { *n += len(d.Records); return nil }
}

func TestRateLimitPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, began := 0, time.Now()
		h := guard.RateLimit(rate.NewLimiter(10, 5))(counting(&n))
		for i := range 25 {
			require.LessOrEqual(t, deliver(t, h, delivery(0, int64(i), 1)), 1, "postponed once, and never early")
		}
		require.Equal(t, 25, n)
		require.Equal(t, 2*time.Second, time.Since(began), "5 at once, then 10 a second")
	})
}

func TestRateLimitTakesBatchesByTheirRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, began := 0, time.Now()
		h := guard.RateLimit(rate.NewLimiter(10, 5))(counting(&n))
		require.Equal(t, 1, deliver(t, h, delivery(0, 0, 25)), "larger than the burst")
		require.Equal(t, 2*time.Second, time.Since(began))
		deliver(t, h, delivery(0, 25, 10))
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

// Partitions that wait at the same time are served in the order of their coming.
func TestRateLimitServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		limiter := rate.NewLimiter(1, 1)
		a, b := guard.RateLimit(limiter)(counting(&n)), guard.RateLimit(limiter)(counting(&n))
		require.NoError(t, a(t.Context(), delivery(0, 0, 1)))
		for i := range int32(3) {
			h := a
			if i == 1 {
				h = b // another listener, the same tokens
			}
			p, ok := listener.AsPostponed(h(t.Context(), delivery(i, 1, 1)))
			require.True(t, ok)
			require.Equal(t, time.Duration(i+1)*time.Second, p.After)
			require.EqualError(t, p, "postponed by "+p.After.String()+": the rate limit is reached")
		}
		time.Sleep(1500 * time.Millisecond) //nolint:forbidigo // fake time
		require.NoError(t, a(t.Context(), delivery(0, 1, 1)))
		p, _ := listener.AsPostponed(b(t.Context(), delivery(1, 1, 1)))
		require.Equal(t, 500*time.Millisecond, p.After, "its turn is the same as before")
	})
}

// A limit that lets nothing through is asked again, and may be changed.
func TestRateLimitThatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		limiter := rate.NewLimiter(0, 0)
		h := guard.RateLimit(limiter)(counting(&n))
		for range 3 {
			p, ok := listener.AsPostponed(h(t.Context(), delivery(0, 0, 2)))
			require.True(t, ok)
			require.Equal(t, time.Minute, p.After)
		}
		limiter.SetLimit(rate.Inf)
		require.NoError(t, h(t.Context(), delivery(0, 0, 2)))
		limiter.SetLimit(rate.Every(10 * time.Minute))
		limiter.SetBurst(1)
		began := time.Now()
		deliver(t, h, delivery(0, 2, 1))
		deliver(t, h, delivery(0, 3, 1))
		require.Less(t, time.Since(began), 22*time.Minute)
		require.Equal(t, 4, n)
	})
}

// A record that failed and comes again takes tokens again.
func TestRateLimitCountsRedeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, began := 0, time.Now()
		h := guard.RateLimit(rate.NewLimiter(1, 1))(counting(&n))
		for range 5 {
			deliver(t, h, delivery(0, 7, 1))
		}
		require.Equal(t, 4*time.Second, time.Since(began))
	})
}

// The handler's own outcome passes.
func TestRateLimitPassesErrors(t *testing.T) {
	boom := errors.New("boom")
	h := guard.RateLimit(rate.NewLimiter(rate.Inf, 0))(func(context.Context, *listener.Delivery) error { return boom })
	require.Equal(t, boom, h(t.Context(), delivery(0, 0, 1)))
}
