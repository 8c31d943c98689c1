package directive

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A note is a comment that is a directive.
type note struct {
	verb  Verb
	args  []Arg
	wrong []misread
}

const prefix = "//kafka:"

// nearly is what people write who mean a directive.
var nearly = regexp.MustCompile(`^(?://|/\*)\s*([A-Za-z]{3,8})(\s*:\s*)([A-Za-z_-]+)(\S*)(.*)`)

// readComment says what a comment is: a directive, nothing of ours (nil and
// nil), or a directive that nobody would see.
func readComment(text string) (*note, *misread) {
	text, _, _ = strings.Cut(text, "\n") // a /* comment */ may have more
	if rest, ok := strings.CutPrefix(text, prefix); ok {
		end := strings.IndexAny(rest, " \t\r")
		if end < 0 {
			end = len(rest)
		}
		for _, v := range verbs {
			if rest[:end] == v {
				n := &note{verb: Verb(v)}
				n.args, n.wrong = parseArgs(rest[end:], len(prefix)+end)
				return n, nil
			}
		}
		if end == 0 {
			return nil, nearMiss(text)
		}
		return nil, &misread{0, prefix + printable(rest[:end]) + " is no directive", spec.DidYouMean(rest[:end], verbs, "known are "+known()) + fixSuffix(rest[:end])}
	}
	return nil, nearMiss(text)
}

func fixSuffix(word string) string {
	if spec.Nearest(word, verbs) == "" {
		return ""
	}
	return " (known are " + known() + ")"
}

func known() string { return prefix + strings.Join(verbs, " and "+prefix) }

// nearMiss finds a comment that looks like a directive to people and is none
// to the generator: it would register nothing, in silence.
func nearMiss(text string) *misread {
	m := nearly.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	tool, colon, word, glued, rest := strings.ToLower(m[1]), m[2], strings.ToLower(m[3]), m[4], m[5]
	verb := spec.Nearest(word, verbs)
	_, near := spec.Near(tool, "kafka")
	if !near || verb == "" || glued != "" {
		return nil
	}
	spaced := colon != ":" || !strings.HasPrefix(text, "//"+m[1])
	rest = strings.TrimSpace(strings.TrimSuffix(rest, "*/"))
	if rest != "" && !strings.Contains(rest, "=") && (spaced || tool != "kafka") {
		return nil // a sentence
	}
	problem := fmt.Sprintf("%q is no directive", strings.TrimSpace(text[:len(text)-len(m[5])]))
	if spaced && tool == "kafka" && word == verb {
		problem += ": it has a blank, or the wrong form"
	}
	return &misread{0, problem, "write " + prefix + verb + ", at the beginning of a comment line"}
}

func printable(word string) string { return spec.Printable("", word) }
