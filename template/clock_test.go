package template_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/template"
)

// TestTheClockGoesOn: also where it is asked seldom, and by more than one.
func TestTheClockGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c template.Clock
		for _, d := range []time.Duration{0, time.Millisecond, 998 * time.Millisecond, time.Millisecond, 10 * time.Second, time.Millisecond} {
			time.Sleep(d)
			require.Equal(t, time.Now().UnixMilli(), c.Now().UnixMilli())
		}
	})
}
