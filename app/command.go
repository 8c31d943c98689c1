package app

import (
	"context"
	"fmt"
	"os"

	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/internal/spec"
)

// errAsked: somebody asks this process about itself, so that it must not run.
var errAsked = fmt.Errorf("%s is set, which Run answers: nothing is started; unset it to run the service", spec.CommandEnv)

// answer carries out the command of the environment instead of running; asked
// is false where there is none.
func (a *App) answer() (code int, asked bool) {
	if a.core == nil {
		return doctor.Answer(context.Background(), nil, nil, a.Err())
	}
	return doctor.Answer(context.Background(), a.core.config, a.core.specs, a.Err(), a.core.templates.made...)
}

// exit ends a process of which a foreign fx application is asked.
var exit = os.Exit

// answerHere is for an application that calls fx.New itself: everything has
// been built and nothing is started when it is called.
func (p startParts) answerHere(err error) {
	if p.Wiring.ours() {
		return // Run does it
	}
	if code, asked := doctor.Answer(context.Background(), p.Core.config, p.Core.specs, err, p.Core.templates.made...); asked {
		exit(code)
	}
}
