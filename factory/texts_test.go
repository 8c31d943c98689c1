package factory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func TestSettingReadsTextsAsConfigurationDoes(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("slow", factory.Setting("ack-mode", "${mode:manual}"), factory.Setting("ack-time", "1500"))}
	s := one(t, "app: {members: 3}", fs, onAck("a",
		listener.Setting("topics", "${topics:x, y}"), listener.Setting("factory", "slow"), listener.Setting("concurrency", "${app.members}")))
	require.Equal(t, "MANUAL", s.AckMode.String())
	require.Equal(t, []string{"x", "y"}, s.Topics)
	require.Equal(t, 1500*time.Millisecond, s.AckTime)
	require.Equal(t, 3, s.Concurrency)
	require.Regexp(t, `concurrency: 3 +# code texts_test.go:\d+`, s.Text)
}

// The later one wins, whichever form it has.
func TestSettingAndOptionsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	const waits = "${n:3}"
	tests := []struct {
		name string
		opts []listener.Option
		want int
	}{
		{"option last", []listener.Option{listener.Setting("workers", waits), factory.Workers(5)}, 5},
		{"text last", []listener.Option{factory.Workers(5), listener.Setting("workers", waits)}, 3},
		{"plain text last", []listener.Option{listener.Setting("workers", waits), listener.Setting("workers", "7")}, 7},
		{"waiting text last", []listener.Option{listener.Setting("workers", "7"), listener.Setting("workers", waits)}, 3},
		{"factory's", []listener.Option{factory.Setting("workers", "9")}, 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, one(t, "", nil, on("a", append(tt.opts, topic)...)).Workers)
		})
	}
}

func TestSettingPrintsItself(t *testing.T) {
	t.Parallel()
	require.Equal(t, `listener.Setting("workers", "${n:3}")`, listener.Setting("workers", "${n:3}").String())
	require.Equal(t, "ack-time=10s", factory.Setting("ack-time", "10s").String())
	require.Equal(t, "ack-time=10s", factory.AckTime(10*time.Second).String())
}

func TestSettingFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give listener.Option
		kind error
		want string
	}{
		{"unknown", listener.Setting("workerz", "1"), factory.ErrUnknownKey, "workerz (code texts_test.go:"},
		{"nearest", listener.Setting("workerz", "1"), factory.ErrUnknownKey, "did you mean workers?"},
		{"bad value", listener.Setting("workers", "many"), factory.ErrInvalidSetting, `"many" is no whole number`},
		{"bad value of a placeholder", listener.Setting("workers", "${n:many}"), factory.ErrInvalidSetting, `"many" is no whole number`},
		{"unresolved", listener.Setting("workers", "${nobody.knows}"), factory.ErrUnresolved, "nobody.knows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := factory.Specs(config.None(), nil, []listener.Listener{on("a", topic, tt.give)})
			require.ErrorIs(t, err, tt.kind)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, `listener "a"`)
		})
	}
	_, err := factory.Specs(config.None(), []factory.ContainerFactory{factory.New("f", factory.Setting("topics", "x"))}, nil)
	require.ErrorContains(t, err, `factory "f"`)
	require.ErrorContains(t, err, "belongs to a listener")
}
