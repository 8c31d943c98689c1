// Package spec holds the settings of factories and listeners: one struct, one
// table of keys with their parsers, and the sealed options that set them from
// code. Configuration files, options and (later) directives all end here, so
// every setting has one home and one name.
package spec

import "fmt"

// A ListenerOption sets one listener setting. It prints itself.
type ListenerOption interface {
	fmt.Stringer
	applyListener(*Settings)
}

// A FactoryOption sets one setting that a factory carries; it is a
// ListenerOption, too, so that every factory setting can stand on a listener.
type FactoryOption interface {
	ListenerOption
	applyFactory(*Settings)
}

type option struct {
	text  string
	apply func(*Settings)
}

func (o option) String() string            { return o.text }
func (o option) applyListener(s *Settings) { o.apply(s) }

type factoryOption struct{ option }

func (o factoryOption) applyFactory(s *Settings) { o.apply(s) }

// ForListener makes an option that only a listener may have. text is how it prints.
func ForListener(text string, apply func(*Settings)) ListenerOption {
	return option{text, apply}
}

// ForFactory makes an option that a factory or a listener may have.
func ForFactory(text string, apply func(*Settings)) FactoryOption {
	return factoryOption{option{text, apply}}
}

// FromListener returns the settings that a listener's options make. A nil option is none.
func FromListener(opts []ListenerOption) *Settings {
	s := new(Settings)
	for _, o := range opts {
		if o != nil {
			o.applyListener(s)
		}
	}
	return s
}

// FromFactory returns the settings that a factory's options make. A nil option is none.
func FromFactory(opts []FactoryOption) *Settings {
	s := new(Settings)
	for _, o := range opts {
		if o != nil {
			o.applyFactory(s)
		}
	}
	return s
}
