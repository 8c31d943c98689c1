package broker

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A hundred clients are made, and never more than a few at a time.
func TestClientsAreMadeInTurn(t *testing.T) {
	var inside, most atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			defer inTurn()()
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
			c, err := open(Params{Config: map[string]string{"bootstrap.servers": "127.0.0.1:1", "group.id": "g"}})
			inside.Add(-1)
			if err == nil {
				err = c.Close()
			}
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.LessOrEqual(t, int(most.Load()), cap(turnstile))
	require.Empty(t, turnstile)
}
