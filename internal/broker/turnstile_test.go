package broker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Open waits for its turn, and gives it back, whether a client came of it or an error.
func TestOpenWaitsForItsTurn(t *testing.T) { // not in parallel: others open clients
	for range cap(turnstile) {
		turnstile <- struct{}{}
	}
	opened := make(chan error)
	for _, p := range []Params{
		{Config: map[string]string{"bootstrap.servers": "127.0.0.1:1", "group.id": "g"}},
		{Config: map[string]string{"no.such.property": "1", "group.id": "g"}},
	} {
		go func() {
			c, err := Open(p)
			if err == nil {
				err = c.Close()
			}
			opened <- err
		}()
	}
	select {
	case err := <-opened:
		t.Fatalf("a client was made out of turn: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	<-turnstile
	first, second := <-opened, <-opened
	require.NotEqual(t, first == nil, second == nil, "%v, %v", first, second)
	require.Len(t, turnstile, cap(turnstile)-1)
	for range cap(turnstile) - 1 {
		<-turnstile
	}
}
