//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

// The background Kafka belongs to a process of its own, "devkafka serve". That
// one holds a lock on its pid file as long as it lives, so that a stale number
// in the file is never signalled.
type background struct{ pid, brokers, log string }

func files() (background, error) {
	cache, err := devkafka.CacheDir()
	if err != nil {
		return background{}, err
	}
	dir := filepath.Join(cache, "devkafka")
	file := func(name string) string { return filepath.Join(dir, name) }
	return background{pid: file("pid"), brokers: file("brokers"), log: file("log")}, os.MkdirAll(dir, 0o755)
}

// start starts "devkafka serve" and prints its bootstrap servers once it is ready.
func start(nodes, port int) error {
	f, err := files()
	if err != nil {
		return err
	}
	if f.running() != 0 {
		return f.show("runs already")
	}
	if err := os.Remove(f.brokers); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(f.log)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own copy
	cmd := exec.Command(self, "serve", "-nodes", strconv.Itoa(nodes), "-port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return f.await(ended)
}

// await waits until serve has written its bootstrap servers, or has ended.
func (f background) await(ended <-chan error) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case end := <-ended:
			log, err := os.ReadFile(f.log)
			return errors.Join(fmt.Errorf("did not start: %s", strings.TrimSpace(string(log))), end, err)
		case <-look.C:
			if _, err := os.Stat(f.brokers); err == nil {
				return f.show("is up")
			}
		}
	}
}

// show prints the bootstrap servers alone on standard output, for scripts.
func (f background) show(state string) error {
	brokers, err := os.ReadFile(f.brokers)
	if err != nil {
		return fmt.Errorf("%s, but is not ready: %w", state, err)
	}
	fmt.Fprintf(os.Stderr, "devkafka: Kafka %s %s; make kafka-stop ends it\n", devkafka.Version, state)
	fmt.Println(strings.TrimSpace(string(brokers)))
	return nil
}

// serve runs Kafka until it is told to stop.
func serve(opts devkafka.Options) error {
	f, err := files()
	if err != nil {
		return err
	}
	ctx, done := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer done()
	pid, err := f.lock()
	if err != nil {
		return err
	}
	defer func() { _ = pid.Close() }() // the end of the process frees the lock, too
	cluster, err := devkafka.Start(ctx, opts)
	if err != nil {
		return err
	}
	defer cluster.Stop()
	if err := publish(f.brokers, cluster.Brokers()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// publish writes a file that readers see whole or not at all.
func publish(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// stop ends what start started, and returns when it has ended.
func stop() error {
	f, err := files()
	if err != nil {
		return err
	}
	pid := f.running()
	if pid == 0 {
		fmt.Fprintln(os.Stderr, "devkafka: nothing to stop")
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	file, err := os.Open(f.pid)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()                   // frees the lock that follows
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX) // granted when serve has ended
}

// lock takes the pid file for this process.
func (f background) lock() (*os.File, error) {
	file, err := os.OpenFile(f.pid, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("another one is running"), err, file.Close())
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// running returns the number of the process that holds the pid file, 0 when none does.
func (f background) running() int {
	file, err := os.Open(f.pid)
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }() // frees the lock, if it was granted
	if syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return 0
	}
	var pid int
	if _, err := fmt.Fscan(file, &pid); err != nil {
		return 0
	}
	return pid
}
