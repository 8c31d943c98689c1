package spec

import (
	"slices"
	"strings"
)

// A TextSetting is a setting of code that is still a text: its placeholders
// are resolved when the configuration is known.
type TextSetting struct {
	Key    string
	Text   string
	Origin string
}

// PutText sets a setting by its name, as configuration would. What can be read
// at once is; the rest waits in Texts: a text with placeholders, and one that
// is wrong, which is reported with the other faults. An option of the same
// setting that comes later wins in either form.
func (s *Settings) PutText(name, text, origin string) {
	s.Texts = slices.DeleteFunc(slices.Clone(s.Texts), func(t TextSetting) bool { return t.Key == name })
	k, ok := Lookup(name)
	if ok {
		k.clear(s) // so that what is set later can be told from what was set before
	}
	if ok && !strings.Contains(text, "${") && k.Set(s, text, origin) == nil {
		return
	}
	s.Texts = append(s.Texts, TextSetting{name, text, origin})
}

// IsSet reports whether s has a value for the key.
func (k KeyOf[S]) IsSet(s *S) bool {
	_, origin, _ := k.get(s)
	return origin != ""
}
