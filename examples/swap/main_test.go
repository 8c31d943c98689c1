package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// envProgram makes the test binary the program itself.
const envProgram = "SWAP_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}
