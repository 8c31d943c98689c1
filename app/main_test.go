package app_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain is also the program of the tests that need a process of their own.
func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		children[name]()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
