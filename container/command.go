package container

import (
	"fmt"
	"os"

	"github.com/hearken-go/hearken/internal/spec"
)

// refuseCommand keeps a program from running that was asked about itself
// (`hearken config -- ./service`) and does not answer.
func refuseCommand() error {
	if command := os.Getenv(spec.CommandEnv); command != "" {
		return fmt.Errorf("hearken: %s is %q, and this program does not answer it: call doctor.Answer before Run, or unset it", spec.CommandEnv, command)
	}
	return nil
}
