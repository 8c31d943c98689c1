package kafkatest

import "fmt"

// TB is what this package needs of a *testing.T, *testing.B or *rapid.T.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// outside is the TB of a Broker that was started outside tests: it panics
// where a test would fail.
type outside struct{}

func (outside) Helper()             {}
func (outside) Name() string        { return "outside" }
func (outside) Logf(string, ...any) {}
func (outside) Cleanup(func())      {}
func (outside) Skipf(format string, args ...any) {
	panic("kafkatest: " + fmt.Sprintf(format, args...))
}

func (outside) Fatalf(format string, args ...any) {
	panic("kafkatest: " + fmt.Sprintf(format, args...))
}
