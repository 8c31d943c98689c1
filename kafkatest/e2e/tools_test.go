package e2e

import (
	"os"
	"testing"
)

// missingTool skips a test that needs a program, or fails where everything is required.
func missingTool(t *testing.T, name string) {
	t.Helper()
	if os.Getenv("HEARKEN_REQUIRE_KAFKA") != "" {
		t.Fatalf("%s is not installed, and HEARKEN_REQUIRE_KAFKA is set", name)
	}
	t.Skipf("needs %s, which is not installed", name)
}
