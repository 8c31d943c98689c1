package app

import (
	"go.uber.org/fx"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
)

// Config loads the configuration with options of its own, instead of the
// files that config.Load finds by itself. An application that makes its
// *config.Config otherwise provides that, to the same effect.
func Config(opts ...config.Option) fx.Option {
	return fx.Provide(func() *config.Config {
		c, _ := config.Load(opts...) // its faults are reported with all others
		return c
	})
}

// Observer adds an observer beside the one that logs. Several add up, in no
// particular order; see event.Observer for what one may do.
func Observer(o event.Observer) fx.Option {
	return fx.Provide(fx.Annotate(func() event.Observer { return o }, fx.ResultTags(inObservers)))
}
