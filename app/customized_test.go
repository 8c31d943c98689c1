package app_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

type tuning struct{ workers int }

func (t tuning) Options() []factory.Option { return []factory.Option{factory.Workers(t.workers)} }

func takeText(context.Context, listener.Record[string]) error { return nil }

func customUser(name string) fx.Option {
	return app.Listen(listener.On("orders", takeText, listener.Topics("orders"), listener.Factory(name)))
}

func TestCustomFactoryPutsTheFunctionOverTheOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]any{
		"option":    func(t tuning) factory.Option { return factory.Workers(t.workers) },
		"options":   func(t tuning) []factory.Option { return t.Options() },
		"method":    tuning.Options,
		"whole":     func(t tuning) factory.ContainerFactory { return factory.New("careful", factory.Workers(t.workers)) },
		"and error": func(t tuning) (factory.Option, error) { return factory.Workers(t.workers), nil },
	}
	for name, customize := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := app.New(alone(""), fx.Supply(tuning{7}), customUser("careful"),
				app.CustomFactory("careful", customize, factory.Workers(2), factory.AckMode(ackmode.Record)))
			require.NoError(t, a.Err())
			require.Regexp(t, `workers: 7 `, a.Settings(), "the function has the last word")
			require.Regexp(t, `ack-mode: RECORD `, a.Settings())
		})
	}
}

func TestCustomFactoryIsInjectedByName(t *testing.T) {
	t.Parallel()
	var got struct {
		fx.In
		Careful factory.ContainerFactory `name:"careful"`
	}
	a := app.New(alone(""), fx.Supply(tuning{7}), customUser("careful"), app.CustomFactory("careful", tuning.Options), fx.Populate(&got))
	require.NoError(t, a.Err())
	require.Equal(t, "careful", got.Careful.Name())
	require.Contains(t, got.Careful.Where(), "app/customized_test.go:")
}

func TestCustomFactoryFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts []fx.Option
		want []string
	}{
		"another name": {
			[]fx.Option{app.CustomFactory("careful", func() factory.ContainerFactory { return factory.New("other") }), customUser("careful")},
			[]string{`app.CustomFactory("careful") of`, `a factory of the name "other"`, "customized_test.go:"},
		},
		"makes nothing of the kind": {
			[]fx.Option{app.CustomFactory("careful", func() string { return "" }), customUser("careful")},
			[]string{"it makes no settings of a factory: it returns string"},
		},
		"nil": {
			[]fx.Option{app.CustomFactory("careful", nil), customUser("careful")},
			[]string{"it is nil"},
		},
		"twice": {
			[]fx.Option{app.CustomFactory("careful", tuning.Options), app.Factory("careful"), customUser("careful"), fx.Supply(tuning{1})},
			[]string{`factory "careful"`, "the name is taken"},
		},
		"its error": {
			[]fx.Option{app.CustomFactory("careful", func() (factory.Option, error) { return nil, errors.New("no policy") }), customUser("careful")},
			[]string{"no policy"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := app.Validate(append(tt.opts, alone(""))...)
			for _, part := range tt.want {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

type domain struct{ got []string }

func (d *domain) Charge(_ context.Context, order string) error {
	d.got = append(d.got, order)
	return nil
}

func TestOnValue(t *testing.T) {
	t.Parallel()
	d := &domain{}
	on := app.OnValue("orders", (*domain).Charge, listener.Topics("orders"))
	a := app.New(alone(""), fx.Supply(d), on)
	require.NoError(t, a.Err())
	require.Regexp(t, `# listener orders \(app/customized_test.go:\d+\): On of listener.Record\[string\]`, a.Settings())
	require.ErrorIs(t, app.Validate(alone(""), on), app.ErrNoReceiver)
	require.ErrorContains(t, app.Validate(alone(""), fx.Supply(d), app.OnValue[*domain, string]("orders", nil)), "nil")
}
