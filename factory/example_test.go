package factory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A handler whose shape does not suit its factory is found before anything starts.
func ExampleBuild() {
	cfg, err := config.Load(config.YAML([]byte("kafka: {factories: {slow: {ack-mode: manual}}}")), config.Environ())
	if err != nil {
		fmt.Println(err)
		return
	}
	handle := func(context.Context, listener.Record[string], listener.Acknowledgment) error { return nil }
	_, err = factory.Build(cfg,
		[]factory.ContainerFactory{factory.New("timed", factory.AckMode(ackmode.Time), factory.AckTime(10*time.Second))},
		[]listener.Listener{listener.OnAck("refunds", handle, listener.Topics("refunds"), listener.Factory("timed")).DeclaredAt("main.go:9")},
	)
	fmt.Println(err)
	// Output: listener "refunds" (main.go:9): ack-mode (code example_test.go:23): OnAck takes an acknowledgment, but under TIME, with factory "timed" (code example_test.go:24), the container marks records itself; choose MANUAL or MANUAL_IMMEDIATE (factories that fit: "slow"), or declare the listener with On
}

func ExampleSpecs() {
	specs, err := factory.Specs(config.None(), nil, []listener.Listener{
		listener.On("greetings", listener.Value(func(_ context.Context, text string) error { return nil }),
			listener.Topics("greetings"), factory.Concurrency(3)),
	})
	fmt.Println(err)
	fmt.Println(specs[0].Group, specs[0].AckMode, specs[0].Concurrency, specs[0].Workers)
	// Output:
	// <nil>
	// greetings BATCH 3 1
}
