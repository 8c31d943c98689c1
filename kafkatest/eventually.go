package kafkatest

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Eventually asks fact every 10 ms until it is true. After d it fails the test
// with why, which says what was waited for, and with fact's last words, which
// say what there was instead.
func Eventually(t TB, d time.Duration, why string, fact func() (bool, string)) {
	t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		ok, instead := fact()
		if ok {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("after %v, still not: %s: %s", d, why, instead)
			return
		}
	}
}

func (b *Broker) eventually(why string, fact func() (bool, string)) {
	b.tb.Helper()
	Eventually(b.tb, patience, why, fact)
}

// retry repeats do while the broker answers that it cannot do it yet: a
// coordinator that is loading, a leader that moves. Other errors fail the test.
func (b *Broker) retry(what string, do func() error) {
	b.tb.Helper()
	var err error
	b.eventually(what, func() (bool, string) {
		err = do()
		return !kerr.IsRetriable(err), fmt.Sprint(err)
	})
	b.check(err, "%s", what)
}
