package forms_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/e2e/forms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func application(b string, topic, replies, group string, opts ...fx.Option) *app.App {
	return app.New(append(opts, fx.Supply(&forms.Desk{}), fx.Provide(zap.NewNop), app.Config(config.Map(map[string]any{
		"kafka.bootstrap-servers": b, "app.topic": topic, "app.replies": replies, "app.group": group,
		"kafka.consumer.auto-offset-reset": "earliest",
		"kafka.consumer.properties":        map[string]any{"heartbeat.interval.ms": 300, "session.timeout.ms": 6000},
	})))...)
}

var origins = regexp.MustCompile(` +# (code|default|map).*|\([a-z]+/[a-z_]+\.go:\d+\)`)

// TestBothFormsHaveTheSameSettings: each listener, each setting; only the
// lines on which they stand differ.
func TestBothFormsHaveTheSameSettings(t *testing.T) {
	t.Parallel()
	settings := func(o fx.Option) string {
		a := application("127.0.0.1:1", "t", "r", "g", o)
		require.NoError(t, a.Err())
		return origins.ReplaceAllString(a.Settings(), "")
	}
	byHand := settings(forms.ByHand(""))
	require.Contains(t, byHand, "ack-mode: COUNT")
	require.Contains(t, byHand, "workers: 2")
	require.Equal(t, byHand, settings(forms.KafkaListeners()))
}

// The listeners, and the records that they see more than once.
var again = map[string]string{
	"record": "fail", "ack": "nack", "batch": "", "batch-ack": "", "message": "", "value": "", "request": "", "keyed": "", "plain": "",
}

// TestBothFormsDoTheSame on a broker: what is delivered, how often, what is
// committed and what is answered; also side by side in one application.
func TestBothFormsDoTheSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		opts     []fx.Option
		suffixes []string
	}{
		{"generated", []fx.Option{forms.KafkaListeners()}, []string{""}},
		{"by hand", []fx.Option{forms.ByHand("")}, []string{""}},
		{"side by side", []fx.Option{forms.KafkaListeners(), forms.ByHand("-by-hand")}, []string{"", "-by-hand"}},
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				conforms(t, kafkatest.At(t, b.Brokers()), tt.opts, tt.suffixes)
			})
		}
	})
}

func conforms(t *testing.T, b *kafkatest.Broker, opts []fx.Option, suffixes []string) {
	t.Helper()
	topic, replies, group := b.NewTopic("forms", 2), b.NewTopic("replies", 1), b.Unique("forms")
	values := []string{"a", "fail", "nack", "b", "c", "d"}
	for i, v := range values {
		b.Produce(topic, kafkatest.KV(v, v).OnPartition(int32(i%2)))
	}
	a := application(b.Brokers(), topic, replies, group, opts...)
	require.NoError(t, a.Err())
	require.NoError(t, a.Start(context.Background()))
	defer func() { require.NoError(t, a.Stop(context.Background())) }()
	for _, suffix := range suffixes {
		for id, twice := range again {
			name := group + "-" + id + suffix
			b.WaitDone(name, topic)
			var want []string
			for _, v := range values {
				want = append(want, v+"#1")
				if v == twice {
					want = append(want, v+"#2")
				}
			}
			slices.Sort(want)
			got := forms.Notes(name)
			slices.Sort(got)
			require.Equal(t, want, got, name)
		}
	}
	kafkatest.Eventually(t, 20*time.Second, "all are answered", func() (bool, string) {
		n := b.LogEnds(replies)[0]
		return n == int64(len(values)*len(suffixes)), ""
	})
}
