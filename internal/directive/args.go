package directive

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Arg is one key=value of a directive. At and ValueAt are byte offsets into
// the comment.
type Arg struct {
	Key, Value  string
	At, ValueAt int
}

// A misread is what is wrong with the text of a directive.
type misread struct {
	at           int
	problem, fix string
}

// parseArgs reads what follows the directive's name; offset is where text
// begins in the comment. Blanks separate, and quotes of Go's keep them together: around the value,
// group-id="a b", or around all of it, "group-id=a b". What follows // is a comment.
func parseArgs(text string, offset int) (args []Arg, wrong []misread) {
	p := argParser{text: text, offset: offset}
	for p.skipBlanks() {
		if strings.HasPrefix(p.text[p.at:], "//") {
			break
		}
		a, err := p.next(args)
		if err != nil {
			wrong = append(wrong, *err)
			continue
		}
		args = append(args, a)
	}
	return args, wrong
}

type argParser struct {
	text   string
	offset int
	at     int
}

func (p *argParser) skipBlanks() bool {
	for p.at < len(p.text) && isBlank(p.text[p.at]) {
		p.at++
	}
	return p.at < len(p.text)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// next reads one argument; before are those that came before it.
func (p *argParser) next(before []Arg) (Arg, *misread) {
	start := p.at
	if isQuote(p.text[start]) {
		whole, err := p.quoted()
		if err != nil {
			return Arg{}, err
		}
		key, value, ok := strings.Cut(whole, "=")
		if !ok {
			return Arg{}, &misread{p.offset + start, fmt.Sprintf("%q is no setting", whole), "write key=value"}
		}
		return Arg{strings.TrimSpace(key), value, p.offset + start, p.offset + start}, nil
	}
	for p.at < len(p.text) && p.text[p.at] != '=' && !isBlank(p.text[p.at]) {
		p.at++
	}
	key := p.text[start:p.at]
	if key != "" && p.spaced() {
		return Arg{}, &misread{p.offset + start, "blanks around the = of " + printable(key), "write " + printable(key) + "=…"}
	}
	switch {
	case p.at == len(p.text) || p.text[p.at] != '=':
		return Arg{}, noValue(key, p.offset+start, before)
	case key == "":
		p.skipWord()
		return Arg{}, &misread{p.offset + start, "a value without its key", "write key=value, without blanks around ="}
	}
	p.at++
	a := Arg{Key: key, At: p.offset + start, ValueAt: p.offset + p.at}
	if p.at < len(p.text) && isQuote(p.text[p.at]) {
		value, err := p.quoted()
		a.Value = value
		return a, err
	}
	from := p.at
	p.skipWord()
	a.Value = p.text[from:p.at]
	return a, nil
}

// spaced reports whether a key is followed by blanks and =, or by = and
// blanks; then what belongs to it is left out.
func (p *argParser) spaced() bool {
	rest := strings.TrimLeft(p.text[p.at:], " \t\r")
	value, ok := strings.CutPrefix(rest, "=")
	if !ok || len(rest) == len(p.text)-p.at && (value == "" || !isBlank(value[0])) {
		return false
	}
	value = strings.TrimLeft(value, " \t\r")
	if word, _, _ := strings.Cut(value, " "); strings.Contains(word, "=") {
		return false // the next argument: the value is empty
	}
	p.at = len(p.text) - len(value)
	p.skipWord()
	return true
}

// noValue says what a word without = was probably meant to be.
func noValue(word string, at int, before []Arg) *misread {
	if n := len(before); n > 0 && (strings.HasSuffix(before[n-1].Value, ",") || strings.HasPrefix(word, ",")) {
		return &misread{at, fmt.Sprintf("%q stands alone", word), fmt.Sprintf("a list has no blanks: %s=a,b, or %s=\"a, b\"", before[n-1].Key, before[n-1].Key)}
	}
	return &misread{at, fmt.Sprintf("%q has no value", word), fmt.Sprintf("write %s=…, without blanks around =; a value with blanks stands in quotes", word)}
}

func (p *argParser) skipWord() {
	for p.at < len(p.text) && !isBlank(p.text[p.at]) {
		p.at++
	}
}

func isQuote(c byte) bool { return c == '"' || c == '`' }

// quoted reads a Go string; behind it the argument has to end.
func (p *argParser) quoted() (string, *misread) {
	start := p.at
	prefix, err := strconv.QuotedPrefix(p.text[start:])
	if err != nil {
		p.at = len(p.text)
		return "", &misread{p.offset + start, "a quote is not closed, or holds what a Go string may not", ""}
	}
	p.at += len(prefix)
	value, err := strconv.Unquote(prefix)
	if err != nil || !utf8.ValidString(value) {
		return "", &misread{p.offset + start, prefix + " is no Go string", ""}
	}
	if p.at < len(p.text) && !isBlank(p.text[p.at]) {
		from := p.at
		p.skipWord()
		return "", &misread{p.offset + from, fmt.Sprintf("%q follows a quote directly", p.text[from:p.at]), "quote the whole value"}
	}
	return value, nil
}

// splitList splits at the commas that are in no placeholder and no brackets.
func splitList(text string) []string {
	var out []string
	begin, open := 0, 0
	add := func(end int) {
		if part := strings.TrimSpace(text[begin:end]); part != "" {
			out = append(out, part)
		}
		begin = end + 1
	}
	for i, r := range text {
		switch {
		case r == '[' || r == '{':
			open++
		case (r == ']' || r == '}') && open > 0:
			open--
		case r == ',' && open == 0:
			add(i)
		}
	}
	if begin <= len(text) {
		add(len(text))
	}
	return out
}

// hasPlaceholder reports whether a text waits for the configuration.
func hasPlaceholder(text string) bool { return strings.Contains(text, "${") }

// unclosed reports whether a placeholder of text has no end.
func unclosed(text string) bool {
	open := 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `\${`):
			i += 2
		case strings.HasPrefix(text[i:], "${"):
			open++
		case text[i] == '}' && open > 0:
			open--
		}
	}
	return open > 0
}
