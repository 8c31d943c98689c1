//go:build unix

// Command peers runs the contestants that are Go libraries of others, each as
// its documentation has it. It is a module of its own: what five libraries ask
// for does not meet what the framework asks for.
package main

import "github.com/hearken-go/hearken/bench/agent"

func main() {
	agent.Serve(map[string]agent.Contestant{
		"franz-go":  franz,
		"sarama":    saramaGroup,
		"kafka-go":  segmentio,
		"watermill": watermillSubscriber,
		"goka":      gokaProcessor,
	})
}
