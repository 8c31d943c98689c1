package doctor

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// go test ./doctor -run Documentation -update writes the page again.
//
//go:generate go test -run Documentation -update .
var update = flag.Bool("update", false, "write docs/doctor.md from the tables")

const page = "../docs/doctor.md"

func TestDocumentationIsTheTable(t *testing.T) {
	t.Parallel()
	want := document()
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "docs/doctor.md is not what the tables say: run this test with -update")
}

const preface = `<!-- Written from doctor/kinds_table.go by ` + "`go test ./doctor -run Documentation -update`" + `. Do not edit. -->

# hearken doctor

Holds a service's listeners against the cluster that they are to read from. It only reads: nothing is joined, consumed or changed.

    hearken doctor -- ./service args…     the service, with all that its code and its configuration set
    hearken doctor -file hearken.yaml     the entries under kafka.listeners alone
    hearken config -- ./service args…     every effective setting, and where it comes from

Behind ` + "`--`" + ` the service is started with ` + "`HEARKEN_COMMAND`" + ` in its environment. It builds itself, answers, and ends: no listener is
started and no OnStart hook is run, but constructors are. ` + "`app.App.Run`" + ` and ` + "`app.Start()`" + ` do that by themselves; a program without fx calls
` + "`doctor.Answer`" + ` between ` + "`factory.Specs`" + ` and its registry. The exit code is 0; 1 where a finding is an error, or the configuration has
faults; 2 where the command can't be carried out. ` + "`-json`" + ` prints the same for programs; ` + "`doctor.Run`" + ` is the way from a test or an endpoint.

The commands below need ` + "`--command-config`" + ` with the credentials of somebody who may carry them out, where the cluster asks for some.
Names in braces are filled in by the finding.
`

func document() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		for _, k := range s.kinds {
			if k.severity == OK {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n%s: %s.\n", k.code, k.severity, k.problem)
			if k.more != "" {
				fmt.Fprintf(&b, "\n%s\n", k.more)
			}
			if k.fix != "" {
				fmt.Fprintf(&b, "\nThe way out: %s.\n", k.fix)
			}
		}
	}
	return b.String()
}
