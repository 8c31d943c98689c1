//go:build unix

package agent

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
)

// marks is a file with a byte for each offset of a partition: how often its
// record was handled. It is mapped, so that it outlives a process that is killed.
type marks struct {
	bytes    []byte
	distinct atomic.Int64
}

func openMarks(path string, n int) (*marks, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the mapping stays
	if err := f.Truncate(int64(n)); err != nil {
		return nil, err
	}
	bytes, err := syscall.Mmap(int(f.Fd()), 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	m := &marks{bytes: bytes}
	for _, b := range bytes {
		if b > 0 {
			m.distinct.Add(1)
		}
	}
	return m, nil
}

// add notes an offset and returns how many different ones have been noted. No
// two handlers have the same offset at the same time.
func (m *marks) add(offset int64) int64 {
	if offset >= int64(len(m.bytes)) {
		return m.distinct.Load()
	}
	m.bytes[offset]++
	if m.bytes[offset] == 1 {
		return m.distinct.Add(1)
	}
	return m.distinct.Load()
}

// redone returns how often records were handled again.
func (m *marks) redone() int {
	n := 0
	for _, b := range m.bytes {
		n += max(0, int(b)-1)
	}
	return n
}

func (m *marks) close() { _ = syscall.Munmap(m.bytes) }
