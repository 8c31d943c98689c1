package factory_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Clients that are made to check properties must be gone afterwards.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
