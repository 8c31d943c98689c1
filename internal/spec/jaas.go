package spec

import (
	"errors"
	"strings"
)

// ParseJAAS takes user and password out of a Java client's sasl.jaas.config,
// of the plain and the SCRAM login module. The error holds nothing of the text.
func ParseJAAS(text string) (username, password string, err error) {
	words := jaasWords(text)
	if len(words) == 0 {
		return "", "", errors.New("the text has no login module")
	}
	switch module := words[0]; {
	case strings.HasSuffix(module, ".PlainLoginModule"), strings.HasSuffix(module, ".ScramLoginModule"):
	case strings.HasSuffix(module, ".OAuthBearerLoginModule"):
		return "", "", errors.New("the module is for OAUTHBEARER: set properties.sasl.oauthbearer.method to oidc, with sasl.oauthbearer.client.id, client.secret and token.endpoint.url")
	case strings.HasSuffix(module, ".Krb5LoginModule"):
		return "", "", errors.New("the module is for Kerberos: set properties.sasl.kerberos.principal and sasl.kerberos.keytab")
	default:
		return "", "", errors.New("the login module is neither PlainLoginModule nor ScramLoginModule")
	}
	var hasUser, hasPassword bool
	for _, w := range words[1:] {
		if v, ok := strings.CutPrefix(w, "username="); ok {
			username, hasUser = v, true
		}
		if v, ok := strings.CutPrefix(w, "password="); ok {
			password, hasPassword = v, true
		}
	}
	if !hasUser || !hasPassword {
		return "", "", errors.New("the text has no username and password")
	}
	return username, password, nil
}

// jaasWords splits at blanks that are in no quotes, up to the semicolon, and
// takes the quotes away.
func jaasWords(text string) []string {
	var out []string
	var word strings.Builder
	var quote rune
	escaped := false
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote = r
		case r == ';':
			flush()
			return out
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			flush()
		default:
			word.WriteRune(r)
		}
	}
	flush()
	return out
}
