package factory

import (
	"errors"

	"github.com/hearken-go/hearken/internal/spec"
)

// Setting sets a setting by its name in configuration, from a text that is read as configuration
// reads it: the way to a placeholder where the option takes no text.
//
//	factory.Setting("concurrency", "${billing.members:3}")
//
// The names are those of docs/configuration.md that belong to factories; a
// name that there is not, and a text that can't be read, are faults at start-up.
func Setting(name, text string) Option {
	origin := spec.Code(0)
	return spec.ForFactory(name+"="+spec.Printable(name, text), func(s *spec.Settings) { s.PutText(name, text, origin) })
}

// readTexts reads what a layer of code has left as texts, with their
// placeholders resolved.
func (r *resolver) readTexts(s *spec.Settings, subject string) {
	texts := s.Texts
	s.Texts = nil
	for _, t := range texts {
		k, ok := spec.Lookup(t.Key)
		switch {
		case !ok:
			r.faults.Add(&Fault{
				Kind: ErrUnknownKey, Subject: subject, Key: t.Key, Origin: t.Origin, Problem: "is not a setting",
				Fix: spec.DidYouMean(t.Key, settingNames(), "docs/configuration.md has the names"),
			})
			continue
		case k.IsSet(s):
			continue // by an option that came later
		}
		r.readText(s, k, t, subject)
	}
}

func (r *resolver) readText(s *spec.Settings, k spec.Key, t spec.TextSetting, subject string) {
	text, err := r.cfg.ExpandFor(subject+t.Key, t.Text, t.Origin)
	if err != nil {
		r.unresolved(err, t.Key, t.Origin, subject)
		return
	}
	value := any(text)
	if r.cfg.Volatile(text).Secret {
		value = spec.SecretText(text)
	}
	if err := k.Set(s, value, t.Origin); err != nil {
		problem := err.Error()
		if spec.IsSecret(t.Key) {
			problem = "a secret value can't be read"
		}
		r.faults.Add(&Fault{Kind: ErrInvalidSetting, Subject: subject, Key: t.Key, Origin: t.Origin, Problem: problem, Cause: errors.Unwrap(err)})
	}
}

func settingNames() []string {
	names := make([]string, len(spec.Keys))
	for i, k := range spec.Keys {
		names[i] = k.Name
	}
	return names
}

// onlyOfFactories reports what Setting has set on a factory and only a listener has.
func (r *resolver) onlyOfFactories(s *spec.Settings, subject string) *spec.Settings {
	for _, k := range spec.Keys {
		if _, origin := k.Get(s); origin != "" && k.Scope == spec.ListenerScope {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Key: k.Name, Origin: origin,
				Problem: "belongs to a listener", Fix: "set it by listener.Setting",
			})
		}
	}
	return s
}
