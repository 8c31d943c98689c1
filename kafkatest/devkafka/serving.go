//go:build unix

package devkafka

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// waitServing waits until every node that is up knows every other one as a
// registered, unfenced broker.
func (c *Cluster) waitServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		missing := c.each(func(n *node) error { return c.missing(ctx, n) })
		if missing == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("devkafka: gave up waiting: %w\n%s", missing, c.nodes[0].lastWords())
		}
		if err := c.each((*node).fallen); err != nil {
			return err
		}
	}
}

// missing returns what node n still lacks, nil when nothing does. It asks that
// node itself, by a new client each time: clients keep what they have learnt.
func (c *Cluster) missing(ctx context.Context, n *node) error {
	if !n.up() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(n.address()), kgo.RequestRetries(0))
	if err != nil {
		return err
	}
	defer client.Close()
	resp, err := client.SeedBrokers()[0].Request(ctx, kmsg.NewPtrMetadataRequest())
	if err != nil {
		return fmt.Errorf("node %d: %w", n.id, err)
	}
	known := make(map[int32]bool)
	for _, b := range resp.(*kmsg.MetadataResponse).Brokers {
		known[b.NodeID] = true
	}
	for _, other := range c.nodes {
		if other.up() && !known[int32(other.id)] {
			return fmt.Errorf("node %d does not know node %d", n.id, other.id)
		}
	}
	return nil
}

func (n *node) up() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.live != nil
}

// freePorts returns n loopback ports that nobody listens on.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // kept open until all are found, so that they differ
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// randomUUID returns a cluster id in Kafka's form.
func randomUUID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[0] &= 0x7f           // no "-" in front, which would look like an option
	return base64.RawURLEncoding.EncodeToString(id[:])
}
