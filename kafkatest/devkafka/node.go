//go:build unix

package devkafka

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/hearken-go/hearken/kafkatest/internal/java"
)

// A node is one broker and controller: a folder, its ports, and a JVM while it is up.
type node struct {
	id            int
	port, control int
	sasl, tls     int // used with Options.Security
	dir           string
	heap          string
	tools         tools

	mu   sync.Mutex
	live *java.Process // nil while the node is down
}

func (n *node) address() string     { return loopback(n.port) }
func (n *node) saslAddress() string { return loopback(n.sasl) }
func (n *node) tlsAddress() string  { return loopback(n.tls) }
func (n *node) config() string      { return filepath.Join(n.dir, "server.properties") }
func (n *node) console() string     { return filepath.Join(n.dir, "console.log") }
func (n *node) logging() string     { return filepath.Join(n.dir, "log4j2.properties") }
func (n *node) keyStore() string    { return filepath.Join(n.dir, "keystore.pem") }
func (n *node) jvm() []string {
	return []string{"-Xmx" + n.heap, "-XX:+UseSerialGC", "-cp", n.tools.classPath()}
}
func (n *node) data() string       { return filepath.Join(n.dir, "data") }
func (n *node) loggingArg() string { return "-Dlog4j2.configurationFile=" + n.logging() }

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// layOut writes the node's files.
func (n *node) layOut(properties string) error {
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(n.logging(), []byte(logSettings), 0o644); err != nil {
		return err
	}
	return os.WriteFile(n.config(), []byte(properties), 0o644)
}

// format prepares the data folder, which Kafka asks for before the first start.
func (n *node) format(ctx context.Context, cluster string, more ...string) error {
	args := append(n.jvm(), n.loggingArg(), "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool",
		"format", "-t", cluster, "-c", n.config())
	args = append(args, more...)
	out, err := exec.CommandContext(ctx, n.tools.java, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("devkafka: format the data of node %d: %w\n%s", n.id, err, out)
	}
	return nil
}

// launch starts the node's JVM; its output goes to console.log.
func (n *node) launch() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.live != nil && !n.live.Ended() {
		return fmt.Errorf("devkafka: node %d is up already", n.id)
	}
	console, err := os.OpenFile(n.console(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = console.Close() }() // the JVM has its own copy
	cmd := exec.Command(n.tools.java, append(n.jvm(), n.loggingArg(), "kafka.Kafka", n.config())...)
	cmd.Stdout, cmd.Stderr = console, console
	n.live, err = java.Spawn(cmd)
	return err
}

// kill ends the JVM at once. A node that is down stays down.
func (n *node) kill() {
	if p := n.take(); p != nil {
		p.Signal(syscall.SIGKILL)
		<-p.Done()
	}
}

// shutdown ends the JVM in order, or kills it at the end of ctx.
func (n *node) shutdown(ctx context.Context) error {
	p := n.take()
	if p == nil {
		return nil
	}
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.Done():
		return nil
	case <-ctx.Done():
		p.Signal(syscall.SIGKILL)
		<-p.Done()
		return fmt.Errorf("devkafka: node %d did not end by itself: %w", n.id, ctx.Err())
	}
}

// take declares the node down and returns the process that remains to be ended.
func (n *node) take() *java.Process {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.live
	n.live = nil
	return p
}

// fallen returns an error with the log's last lines if the JVM ended by itself.
func (n *node) fallen() error {
	n.mu.Lock()
	p := n.live
	n.mu.Unlock()
	if p == nil || !p.Ended() {
		return nil
	}
	return fmt.Errorf("devkafka: node %d ended:\n%s", n.id, n.lastWords())
}

// lastWords returns the end of the node's log.
func (n *node) lastWords() string {
	log, err := os.ReadFile(n.console())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

const (
	stopped = syscall.SIGSTOP
	resumed = syscall.SIGCONT
)

func (c *Cluster) signal(id int, sig syscall.Signal) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.live == nil {
		return fmt.Errorf("devkafka: node %d is down", id)
	}
	n.live.Signal(sig)
	return nil
}
