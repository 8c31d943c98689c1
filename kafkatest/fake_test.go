package kafkatest_test

import (
	"fmt"
	"testing"

	"github.com/hearken-go/hearken/kafkatest"
)

// fakeT is a TB whose failure ends only the function under watch.
type fakeT struct {
	*testing.T
	said string
}

type ended struct{}

func (f *fakeT) Fatalf(format string, args ...any) { f.end("FAIL " + fmt.Sprintf(format, args...)) }
func (f *fakeT) Skipf(format string, args ...any)  { f.end("SKIP " + fmt.Sprintf(format, args...)) }

func (f *fakeT) end(said string) {
	f.said = said
	panic(ended{})
}

// watch runs f with a fake T, and returns how it ended: "" or "FAIL why" or "SKIP why".
func watch(t *testing.T, f func(kafkatest.TB)) string {
	t.Helper()
	fake := &fakeT{T: t}
	func() {
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(ended); !ok {
					panic(p)
				}
			}
		}()
		f(fake)
	}()
	return fake.said
}
