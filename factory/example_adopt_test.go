package factory_test

import (
	"context"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A loop of one's own moves in as it is: its configuration, and its handler.
func ExampleClientConfig() {
	existing := kafka.ConfigMap{"group.id": "billing", "auto.offset.reset": "earliest", "session.timeout.ms": 10000}
	process := func(context.Context, *kafka.Message) error { return nil }

	specs, err := factory.Specs(config.None(), nil, []listener.Listener{
		listener.OnMessage("orders", process, listener.Topics("orders"), factory.ClientConfig(existing)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(specs[0].Group, specs[0].Reset, specs[0].Client["session.timeout.ms"])
	// Output: billing earliest 10000
}
