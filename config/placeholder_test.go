package config_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	c := load(t, `
app: {name: shop, topic: "${app.name}-orders", list: [a, b], which: name}
top: 5
`, "REGION=eu", "APP_OVERRIDDEN=env")
	tests := []struct{ in, out string }{
		{"plain", "plain"},
		{"${app.name}", "shop"},
		{"x-${app.topic}-y", "x-shop-orders-y"},
		{"${app.list}", "a,b"},
		{"${REGION}", "eu"},
		{"${app.overridden:no}", "env"},
		{"${none:localhost:9092}", "localhost:9092"},
		{"${none:}", ""},
		{"${none:${also.none:${REGION}}}", "eu"},
		{"${app.${app.which}}", "shop"},
		{"${top}", "5"},
		{"${hostname}", "host-1"},
		{`\${app.name}`, "${app.name}"},
		{"$app {app} $", "$app {app} $"},
	}
	for _, tt := range tests {
		got, err := c.Expand(tt.in, "code main.go:1")
		require.NoError(t, err, tt.in)
		require.Equal(t, tt.out, got, tt.in)
	}
	_, err := c.Expand("${nobody}", "code main.go:7")
	require.ErrorIs(t, err, config.ErrUnresolved)
	require.ErrorContains(t, err, "code main.go:7")
}

func TestRandomHasOneValuePerOccurrence(t *testing.T) {
	t.Parallel()
	c := load(t, "app: {id: '${random.uuid}'}\nkafka: {consumer: {group-id: 'g-${app.id}'}}")
	expand := func(text, origin string) string {
		out, err := c.Expand(text, origin)
		require.NoError(t, err)
		return out
	}
	first := expand("${random.uuid}", "code a.go:1")
	require.Equal(t, first, expand("${random.uuid}", "code a.go:1"))
	require.NotEqual(t, expand("${random.uuid}", "code a.go:1"), expand("${random.uuid}", "code a.go:2"))
	two := strings.Split(expand("${random.uuid} ${random.uuid}", "code a.go:3"), " ")
	require.NotEqual(t, two[0], two[1])
	require.Equal(t, "g-"+expand("${app.id}", "code a.go:4"), c.Kafka().GroupID.V, "app.id is one occurrence")
	require.True(t, c.Volatile(c.Kafka().GroupID.V).Random)
	for range 20 {
		n, err := strconv.Atoi(expand("${random.int(3,5)}", t.Name()+strconv.Itoa(len(t.Name()))))
		require.NoError(t, err)
		require.Contains(t, []int{3, 4}, n)
	}
	_, err := strconv.ParseInt(expand("${random.long}", "l"), 10, 64)
	require.NoError(t, err)
	_, err = strconv.Atoi(expand("${random.int}", "i"))
	require.NoError(t, err)
}

func TestExpansionEnds(t *testing.T) {
	t.Parallel()
	text := "a0: 0123456789\n"
	for i := 1; i < 30; i++ {
		text += "a" + strconv.Itoa(i) + ": ${a" + strconv.Itoa(i-1) + "}${a" + strconv.Itoa(i-1) + "}\n"
	}
	c := load(t, text)
	_, err := c.Expand("${a29}", "here")
	require.ErrorIs(t, err, config.ErrUnresolved)
	_, err = c.Expand(strings.Repeat("${", 10_000), "here")
	require.ErrorIs(t, err, config.ErrUnresolved)
	_, err = c.Expand(strings.Repeat("${", 10_000)+strings.Repeat("}", 10_000), "here")
	require.ErrorIs(t, err, config.ErrUnresolved)
}
