package kafkatest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestEventuallyWaitsForTheFact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		kafkatest.Eventually(t, time.Minute, "25 ms pass", func() (bool, string) {
			return time.Since(began) >= 25*time.Millisecond, ""
		})
		if took := time.Since(began); took != 30*time.Millisecond {
			t.Errorf("took %v, want 30ms", took)
		}
	})
}

func TestEventuallySaysWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := watch(t, func(tb kafkatest.TB) {
			kafkatest.Eventually(tb, time.Second, "pigs fly", func() (bool, string) { return false, "they walk" })
		})
		if said != "FAIL after 1s, still not: pigs fly: they walk" {
			t.Error(said)
		}
	})
}

func TestRealSkipsOrFails(t *testing.T) {
	t.Setenv("HEARKEN_TEST_BROKERS", "")
	for require, want := range map[string]string{"": "SKIP", "0": "SKIP", "1": "FAIL"} {
		t.Setenv("HEARKEN_REQUIRE_KAFKA", require)
		said := watch(t, func(tb kafkatest.TB) { kafkatest.Real(tb) })
		if !strings.HasPrefix(said, want) || strings.Contains(said, "\n") {
			t.Errorf("HEARKEN_REQUIRE_KAFKA=%q: %s", require, said)
		}
	}
}

func TestClusterIsForTheEmbeddedOne(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	said := watch(t, func(tb kafkatest.TB) { kafkatest.At(tb, b.Brokers()).Cluster() })
	if !strings.HasPrefix(said, "FAIL") {
		t.Errorf("said %q", said)
	}
}
