package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// Expand resolves the placeholders of a text from the code: ${a.b},
// ${a.b:default}, ${ENV_NAME}, ${hostname}, ${random.uuid}, ${random.int},
// ${random.int(1,6)}, ${random.long}, ${file:/run/secrets/x} (the contents),
// ${app.name} (the program's, unless something sets it); they nest, and \${ is
// a plain ${.
// origin stands in the error and tells occurrences of ${random.…} apart: one
// occurrence has one value for the life of c.
//
// A name is looked up in the environment (as it is, then as A_B), then in the
// configuration. A nil Config knows the environment only.
func (c *Config) Expand(text, origin string) (string, error) {
	return c.ExpandFor("", text, origin)
}

// ExpandFor is Expand for a text of owner, a listener or a factory, where two
// of them may stand on one line.
func (c *Config) ExpandFor(owner, text, origin string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	if c == nil {
		c = None()
	}
	out, f := c.expansion(owner+delim+origin+delim+text, false).run(text)
	if f != nil {
		f.Origin = origin
		return "", f
	}
	return out, nil
}

// An expansion is the way through one value and those that it refers to.
type expansion struct {
	c        *Config
	place    string // what tells occurrences apart
	secret   bool   // the value is one: say less in errors
	count    int    // occurrences of ${random.…} so far
	steps    int
	stack    []string
	volatile Volatile
}

// Larger than any value, far smaller than what an attack by expansion makes.
const (
	maxSteps = 1000
	maxText  = 1 << 20
)

func (c *Config) expansion(place string, secret bool) *expansion {
	return &expansion{c: c, place: place, secret: secret}
}

// run expands a whole value.
func (e *expansion) run(text string) (string, *Fault) {
	e.volatile = Volatile{}
	out, err := e.expand(text, 0)
	if err != nil {
		return "", &Fault{Kind: ErrUnresolved, Problem: err.Error(), Fix: fixOf(err)}
	}
	e.volatile.Secret = e.volatile.Secret && out != ""
	if e.volatile != (Volatile{}) {
		e.c.mu.Lock()
		e.c.volatile[out] = e.volatile
		e.c.mu.Unlock()
	}
	return out, nil
}

func (e *expansion) expand(text string, depth int) (string, error) {
	if depth > maxDepth {
		return "", errors.New("placeholders are nested too deeply")
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		if i > 0 && text[i-1] == '\\' {
			b.WriteString(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		end := closing(text[i:])
		if end < 0 {
			return "", errUnclosed
		}
		value, err := e.placeholder(text[i+2:i+end], depth)
		if err != nil {
			return "", err
		}
		b.WriteString(text[:i] + value)
		if b.Len() > maxText {
			return "", errors.New("placeholders make a text of more than 1 MiB")
		}
		text = text[i+end+1:]
	}
}

// placeholder resolves what stands between the braces.
func (e *expansion) placeholder(inner string, depth int) (string, error) {
	if e.steps++; e.steps > maxSteps {
		return "", errors.New("placeholders refer to more than 1000 others")
	}
	name, fallback, hasFallback := cutDefault(inner)
	name, err := e.expand(name, depth+1)
	if err != nil {
		return "", err
	}
	name = strings.TrimSpace(name)
	if name == "file" && hasFallback {
		return e.file(fallback, depth)
	}
	value, found, err := e.lookup(name, depth)
	switch {
	case err != nil:
		return "", err
	case found:
		return value, nil
	case hasFallback:
		return e.expand(fallback, depth+1)
	case name == "app.name":
		return e.appName(depth)
	}
	return "", unresolvedError(e.safeName(name))
}

// lookup finds the value of a name.
func (e *expansion) lookup(name string, depth int) (string, bool, error) {
	if value, ok, err := e.builtin(name); ok || err != nil {
		return value, ok, err
	}
	for _, variable := range []string{name, relaxed(name)} {
		if value, ok := e.c.environ[variable]; ok {
			e.volatile.Secret = e.volatile.Secret || spec.IsSecret(variable)
			return value, true, nil
		}
	}
	joined := strings.Join(extend(nil, name, false), delim)
	text, ok := e.c.text(joined)
	e.volatile.Secret = e.volatile.Secret || ok && spec.IsSecret(name)
	if !ok {
		return "", false, nil
	}
	if slices.Contains(e.stack, joined) {
		return "", false, fmt.Errorf("placeholders refer to each other in a circle, at ${%s}", e.safeName(name))
	}
	value, err := e.within(joined, text, depth)
	return value, true, err
}

// within expands the value of another key, whose occurrences are its own.
func (e *expansion) within(joined, text string, depth int) (string, error) {
	place, count := e.place, e.count
	e.place, e.count, e.stack = joined, 0, append(e.stack, joined)
	value, err := e.expand(text, depth+1)
	e.place, e.count, e.stack = place, count, e.stack[:len(e.stack)-1]
	return value, err
}

// text returns the raw value of a key, lists with commas.
func (c *Config) text(joined string) (string, bool) {
	switch v := c.origins[joined].value.(type) {
	case string:
		return v, c.values.Exists(joined)
	case []string:
		return strings.Join(v, ","), c.values.Exists(joined)
	default:
		return "", false
	}
}

// closing returns the index of the brace that closes text, which begins with
// "${", or -1.
func closing(text string) int {
	open := 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "${"):
			open++
			i++
		case text[i] == '}':
			if open--; open == 0 {
				return i
			}
		}
	}
	return -1
}

// cutDefault splits at the first colon that is in no inner placeholder.
func cutDefault(inner string) (name, fallback string, ok bool) {
	open := 0
	for i := 0; i < len(inner); i++ {
		switch {
		case strings.HasPrefix(inner[i:], "${"):
			open++
			i++
		case inner[i] == '}':
			open--
		case inner[i] == ':' && open == 0:
			return inner[:i], inner[i+1:], true
		}
	}
	return inner, "", false
}

func relaxed(name string) string {
	return strings.ToUpper(underlined.Replace(name))
}

var underlined = strings.NewReplacer(".", "_", "-", "_")

var (
	plainName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	secretName = regexp.MustCompile(`^([A-Z][A-Z0-9_]*|[a-z][a-z0-9-]*(\.[a-z0-9-]+)+)$`)
)

// safeName returns a name as it may be printed: in a secret, only what is
// plainly a variable or a key, for the braces may be part of the secret.
func (e *expansion) safeName(name string) string {
	allowed := plainName
	if e.secret {
		allowed = secretName
	}
	if len(name) > 100 || !allowed.MatchString(name) {
		return "…"
	}
	return name
}

var errUnclosed = errors.New("a placeholder has no closing brace")

type unresolvedError string

func (e unresolvedError) Error() string { return "${" + string(e) + "} has no value" }

func fixOf(err error) string {
	var name unresolvedError
	switch {
	case errors.Is(err, errUnclosed):
		return `close it, or write \${ for a plain ${`
	case errors.As(err, &errFile{}):
		return "check the path, and that the program may read it"
	case errors.As(err, &name):
		return fmt.Sprintf("set it in the environment or the configuration, or give it a default: ${%s:…}", string(name))
	default:
		return "write the value itself"
	}
}
