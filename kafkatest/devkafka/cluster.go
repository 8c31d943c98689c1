//go:build unix

package devkafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options says what Start starts.
type Options struct {
	// Nodes is how many nodes the cluster has, each broker and controller.
	// With three, topics have three replicas and a write needs two. Defaults to 1.
	Nodes int
	// Port is the first node's port, the others follow it. Defaults to free ones.
	Port int
	// Dir holds data and logs and is kept by Stop. Defaults to a temporary folder that Stop removes.
	Dir string
	// Properties are added to every node's server.properties, and win.
	Properties map[string]string
	// Security adds listeners that ask for a user. Defaults to none.
	Security *Security
	// Heap is each JVM's largest heap. Defaults to "400m".
	Heap string
	// Patience is how long the nodes may take until they serve. One whose JVM ends
	// is told of at once, so it is for busy machines only. Defaults to 5 min.
	Patience time.Duration
}

// A Cluster is a running Kafka. Nodes are numbered from 1. Its methods may be
// called from any goroutine, those on one node by one goroutine at a time.
type Cluster struct {
	opts  Options
	own   bool // Dir is temporary
	nodes []*node
	stop  sync.Once

	secured *secured // nil without Options.Security
}

// Start starts a Kafka and returns when all its nodes serve. It fetches the
// jars first where they are missing. When there is no Java, no Maven, or
// nothing to fetch the jars from, the error is an ErrUnavailable. ctx bounds
// the start, not the life of the cluster.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	opts = opts.withDefaults()
	tools, err := prepare(ctx)
	if err != nil {
		return nil, err
	}
	c := &Cluster{opts: opts, own: opts.Dir == ""}
	if c.own {
		if c.opts.Dir, err = os.MkdirTemp("", "hearken-kafka-"); err != nil {
			return nil, err
		}
	}
	if err := c.boot(ctx, tools); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Nodes == 0 {
		o.Nodes = 1
	}
	if o.Heap == "" {
		o.Heap = "400m"
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Minute
	}
	return o
}

// port returns the port of the node at index i: the asked one, else the free one.
func (o Options) port(i, free int) int {
	if o.Port == 0 {
		return free
	}
	return o.Port + i
}

// boot lays out, formats and launches every node.
func (c *Cluster) boot(ctx context.Context, tools tools) error {
	ports, err := freePorts(4 * c.opts.Nodes)
	if err != nil {
		return err
	}
	if c.opts.Security != nil {
		authority, err := newAuthority(c.CAFile())
		if err != nil {
			return err
		}
		c.secured = &secured{*c.opts.Security, authority}
	}
	for i := range c.opts.Nodes {
		own := ports[4*i:]
		c.nodes = append(c.nodes, &node{
			id: i + 1, port: c.opts.port(i, own[0]), control: own[1], sasl: own[2], tls: own[3],
			dir: filepath.Join(c.opts.Dir, fmt.Sprintf("node-%d", i+1)), tools: tools, heap: c.opts.Heap,
		})
	}
	cluster := randomUUID()
	if err := c.each(func(n *node) error {
		if err := c.prepare(ctx, n, cluster); err != nil {
			return err
		}
		return n.launch()
	}); err != nil {
		return err
	}
	return c.waitServing(ctx)
}

// prepare writes a node's files and formats its data.
func (c *Cluster) prepare(ctx context.Context, n *node, cluster string) error {
	if err := n.layOut(c.properties(n)); err != nil {
		return err
	}
	if c.secured == nil {
		return n.format(ctx, cluster)
	}
	if err := c.secured.layOut(n); err != nil {
		return err
	}
	return n.format(ctx, cluster, c.secured.formatArgs()...)
}

// each runs f for all nodes at once.
func (c *Cluster) each(f func(*node) error) error {
	errs := make([]error, len(c.nodes))
	var wg sync.WaitGroup
	for i, n := range c.nodes {
		wg.Go(func() { errs[i] = f(n) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Brokers returns the bootstrap servers, where nobody is asked who comes.
func (c *Cluster) Brokers() string { return c.addresses((*node).address) }

func (c *Cluster) addresses(of func(*node) string) string {
	var addresses []string
	for _, n := range c.nodes {
		addresses = append(addresses, of(n))
	}
	return strings.Join(addresses, ",")
}

// Dir returns the folder of data and logs: node-N/console.log.
func (c *Cluster) Dir() string { return c.opts.Dir }

// Kill ends a node with SIGKILL, as a crash would, and returns when it is dead.
func (c *Cluster) Kill(id int) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	n.kill()
	return nil
}

// Shutdown ends a node with SIGTERM, so that it hands its leaderships over, and
// returns when it is down.
func (c *Cluster) Shutdown(ctx context.Context, id int) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	return n.shutdown(ctx)
}

// Freeze stops a node in its tracks (SIGSTOP); its connections stay open. Thaw lets it go on.
func (c *Cluster) Freeze(id int) error { return c.signal(id, stopped) }

// Thaw undoes Freeze.
func (c *Cluster) Thaw(id int) error { return c.signal(id, resumed) }

// Restart starts a node that is down again, with its data and its ports, and
// returns when it serves.
func (c *Cluster) Restart(ctx context.Context, id int) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	if err := n.launch(); err != nil {
		return err
	}
	return c.waitServing(ctx)
}

// Stop kills all nodes and removes their data. It may be called twice.
func (c *Cluster) Stop() {
	c.stop.Do(func() {
		for _, n := range c.nodes {
			n.kill()
		}
		if c.own {
			_ = os.RemoveAll(c.opts.Dir) // a leftover in the temporary folder harms nobody
		}
	})
}

func (c *Cluster) node(id int) (*node, error) {
	if id < 1 || id > len(c.nodes) {
		return nil, fmt.Errorf("devkafka: no node %d: there are nodes 1 to %d", id, len(c.nodes))
	}
	return c.nodes[id-1], nil
}
