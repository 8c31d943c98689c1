package container

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPrintedSpecHoldsNoSecret(t *testing.T) {
	s := Spec{ID: "orders", Client: ClientConfig{"sasl.password": "canary", "bootstrap.servers": "b:9092"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(format, s), "canary", format)
		require.NotContains(t, fmt.Sprintf(format, &s), "canary", format)
		require.NotContains(t, fmt.Sprintf(format, []Spec{s}), "canary", format)
		require.NotContains(t, fmt.Sprintf(format, s.Client), "canary", format)
	}
	text, err := json.Marshal(s.Client)
	require.NoError(t, err)
	require.NotContains(t, string(text), "canary")
	require.Equal(t, "no client configuration", ClientConfig(nil).String())
}
