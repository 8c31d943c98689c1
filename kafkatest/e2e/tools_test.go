package e2e

import (
	"os"
	"strconv"
	"testing"
)

// allRequired is so in CI: no tool may be missing, and what takes its time runs, too.
func allRequired() bool {
	must, _ := strconv.ParseBool(os.Getenv("HEARKEN_REQUIRE_KAFKA"))
	return must
}

// missingTool skips a test that needs a program, or fails where everything is required.
func missingTool(t *testing.T, name string) {
	t.Helper()
	if allRequired() {
		t.Fatalf("%s is not installed, and HEARKEN_REQUIRE_KAFKA is set", name)
	}
	t.Skipf("needs %s, which is not installed", name)
}
