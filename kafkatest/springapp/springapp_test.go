//go:build unix

package springapp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hearken-go/hearken/kafkatest/springapp"
)

func TestNoJava(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := springapp.Prepare(t.Context())
	if !errors.Is(err, springapp.ErrUnavailable) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
