package config

import (
	"fmt"
	"os"

	"github.com/knadh/koanf/v2"
)

// An Option says where Load reads. Sources are read in the order of the
// options, later ones win, the environment wins over all of them.
type Option interface{ apply(*loader) }

type optionFunc func(*loader)

func (f optionFunc) apply(l *loader) { f(l) }

// File reads a YAML file, which has to exist, instead of searching.
func File(path string) Option {
	return optionFunc(func(l *loader) { l.sources = append(l.sources, fileSource(path)) })
}

// YAML reads a text instead of searching for files. Its lines are printed as "yaml:7".
func YAML(text []byte) Option {
	return optionFunc(func(l *loader) { l.sources = append(l.sources, textSource("yaml", text)) })
}

// Map reads a map instead of searching for files: nested, with dotted keys, or both.
func Map(values map[string]any) Option {
	return optionFunc(func(l *loader) { l.sources = append(l.sources, mapSource(values)) })
}

// Environ replaces the environment of the process, in the form of os.Environ.
func Environ(environ ...string) Option {
	return optionFunc(func(l *loader) { l.environ = environ })
}

// Hostname replaces os.Hostname for ${hostname}.
func Hostname(name string) Option {
	return optionFunc(func(l *loader) {
		l.hostname = func() (string, error) { return name, nil }
	})
}

type loader struct {
	sources  []source
	environ  []string
	hostname func() (string, error)
}

// Load reads the configuration: the sources of the options, or the file that
// HEARKEN_CONFIG names, or else every one there is of application.yaml,
// hearken.yaml, config/application.yaml and config/hearken.yaml (.yml before
// .yaml), later ones winning, each followed by its profiles: with
// HEARKEN_PROFILES=prod, or SPRING_PROFILES_ACTIVE, hearken-prod.yaml is read,
// too. Then comes the environment.
//
// What an application.yml has under spring.kafka is read as if it stood under
// kafka, below everything that stands there itself; what does not apply is
// listed in Warnings.
//
// The error joins all faults. The Config is there all the same, without the
// faulty values: factory.Specs reports the faults of both together.
func Load(opts ...Option) (*Config, error) {
	l := loader{environ: os.Environ(), hostname: os.Hostname}
	for _, o := range opts {
		if o != nil {
			o.apply(&l)
		}
	}
	c := l.empty()
	if len(l.sources) == 0 {
		l.sources = search(c.environ)
	}
	for _, s := range l.sources {
		c.load(s)
	}
	c.loadEnviron(l.environ)
	c.apply()
	return c, c.faults.Err()
}

// None returns a Config that sets nothing. Its placeholders know the
// environment of the process.
func None() *Config {
	l := loader{environ: os.Environ(), hostname: os.Hostname}
	return l.empty()
}

func (l loader) empty() *Config {
	return &Config{
		values:   koanf.New(delim),
		origins:  map[string]leaf{},
		environ:  environMap(l.environ),
		hostname: l.hostname,
		own:      newTree(),
		spring:   newTree(),
		warned:   map[string]bool{},
		named:    map[string]string{},
		randoms:  map[string]string{},
		volatile: map[string]Volatile{},
	}
}

// load merges one source and takes over what it says about places and faults.
func (c *Config) load(s source) {
	doc := newDocument(s.name, profilesOf(c.environ))
	err := c.values.Load(s.provider, doc)
	for _, f := range doc.faults.All() {
		c.faults.Add(f)
	}
	if err != nil && len(doc.faults.All()) == 0 {
		c.faults.Add(&Fault{Kind: ErrSyntax, Origin: s.name, Problem: readProblem(err), Fix: "check the path and its permissions"})
	}
	for path, l := range doc.leaves {
		c.origins[path] = l
	}
	for name, origin := range doc.named {
		c.named[name] = origin
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
