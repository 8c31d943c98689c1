package spec

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Redacted stands wherever a secret would have been printed.
const Redacted = "[redacted]"

var secretWords = []string{"password", "secret", "passphrase", "key", "token", "jaas", "assertion", "credential"}

// IsSecret reports whether the value of a client property must not be printed.
// It goes by the name, so that a property nobody has heard of is covered, too.
func IsSecret(property string) bool {
	name := strings.ToLower(property)
	if name == "sasl.mechanism" || name == "sasl.mechanisms" || name == "null-key" || strings.HasSuffix(name, ".location") {
		return false // a public word, or a place, that people need to see
	}
	if strings.HasPrefix(name, "sasl.") || strings.HasPrefix(name, "sasl_") {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// Printable returns the value of a setting as it may be printed: secrets
// redacted, user information in URLs cut out, control characters escaped.
func Printable(name, value string) string {
	if IsSecret(name) {
		return Redacted
	}
	return visible(value)
}

// visible is the text of a value that is no secret.
func visible(value string) string {
	if strings.Contains(value, "://") { // the search costs more than all else of printing a setting
		value = userinfo.ReplaceAllString(value, "${1}"+Redacted+"@")
	}
	if strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(value)
	}
	return value
}

// PrintProperty is Printable for a client property with its value.
func PrintProperty(name string, v Value[string]) string {
	if v.Secret {
		return Redacted
	}
	return Printable(name, v.V)
}

// Without returns text without a secret that may stand in it. A short one is
// cut out only where it stands alone: the gaps that it leaves in other words
// would give it away.
func Without(text, secret string) string {
	const short = 4
	switch {
	case secret == "":
		return text
	case len(secret) >= short:
		return strings.ReplaceAll(text, secret, Redacted)
	}
	alone := regexp.MustCompile(`(^|[^\pL\pN])` + regexp.QuoteMeta(secret) + `($|[^\pL\pN])`)
	return alone.ReplaceAllString(text, "${1}"+Redacted+"${2}")
}

// userinfo is what stands before the last @ of a URL's authority.
var userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/\s,]*@`)
