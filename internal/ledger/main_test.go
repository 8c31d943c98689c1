package ledger_test

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// There are 96 combinations of rules: 30 schedules each, unless the command
// line says otherwise (make it 10000 for a night).
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
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
