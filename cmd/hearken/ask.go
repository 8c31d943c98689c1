//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/internal/spec"
)

// starting is how long a service may take to build itself before it answers.
const starting = time.Minute

// ask runs a service that answers instead of running, and prints the answer.
// What the service itself prints goes to errs.
func ask(ctx context.Context, c doctor.Command, service []string, out, errs io.Writer) int {
	answer, err := os.CreateTemp("", "hearken-answer-")
	if err != nil {
		return failed(errs, err)
	}
	defer func() { // it is in the folder for what may go at any time
		_ = answer.Close()
		_ = os.Remove(answer.Name())
	}()
	ctx, cancel := context.WithTimeout(ctx, starting+c.Within)
	defer cancel()
	program := exec.CommandContext(ctx, service[0], service[1:]...)
	program.Env = append(os.Environ(), spec.CommandEnv+"="+c.String(), spec.AnswerEnv+"="+answer.Name())
	program.Stdout, program.Stderr = errs, errs
	program.WaitDelay = time.Second
	err = program.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return failed(errs, fmt.Errorf("%w: behind -- stands a program that was built, or go run and its package", err))
	}
	n, err := io.Copy(out, answer)
	switch {
	case err != nil:
		return failed(errs, err)
	case ctx.Err() != nil:
		return failed(errs, fmt.Errorf("%s did not answer within %s and was ended", service[0], starting+c.Within))
	case n == 0:
		return failed(errs, fmt.Errorf("%s ended with %s and gave no answer: "+
			"a program answers in app.App.Run, in app.Start, or by doctor.Answer", service[0], program.ProcessState))
	}
	if code := program.ProcessState.ExitCode(); code >= 0 {
		return code
	}
	return failed(errs, fmt.Errorf("%s answered, and ended with %s", service[0], program.ProcessState))
}
