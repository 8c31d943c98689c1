package ledger_test

import (
	"errors"
	"flag"
	"os"
	"strconv"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/internal/ledger"
)

// schedules is how many random schedules a model is compared over: 600 every
// day, 10,000 in CI, or as many as HEARKEN_SCHEDULES says.
func schedules() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("HEARKEN_SCHEDULES"), 10, 32); err == nil {
		return n
	}
	return 600
}

// playSeeds plays n schedules, in fake time, until a checker finds something; only
// is the one that is on, all where empty.
func playSeeds(t *testing.T, n uint64, only string, play func(seed uint64)) (found string) {
	t.Helper()
	for seed := range n {
		synctest.Test(t, func(*testing.T) {
			defer func() {
				v := recover()
				if err, ok := v.(error); ok && errors.As(err, new(violation)) {
					found = err.Error()
				} else if v != nil && only == "" {
					panic(v)
				}
			}()
			play(seed)
		})
		if found != "" {
			t.Logf("seed %d", seed)
			return found
		}
	}
	return ""
}

// There are 96 combinations of rules: 30 schedules each, unless the command
// line says otherwise (make it 10000 for a night).
func TestMain(m *testing.M) {
	flag.Parse()
	asked, measured := false, false
	flag.Visit(func(f *flag.Flag) {
		asked, measured = asked || f.Name == "rapid.checks", measured || f.Name == "test.bench" && f.Value.String() != ""
	})
	if !measured {
		ledger.SmallRings()
	}
	if !asked {
		if err := flag.Set("rapid.checks", "30"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}
