package spec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads a Go duration, "10s", or a bare integer: milliseconds,
// as Spring and Kafka have it.
func parseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		if ms > math.MaxInt64/int64(time.Millisecond) || ms < math.MinInt64/int64(time.Millisecond) {
			return 0, fmt.Errorf("%q is too long a time", s)
		}
		return time.Duration(ms) * time.Millisecond, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = isoDuration(s)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no duration: write 10s, 500ms, 5m, or milliseconds without a unit", s)
	}
	return d, nil
}

// isoDuration reads what Spring takes besides: PT1H30M, P1D, 2d.
func isoDuration(s string) (time.Duration, error) {
	text := strings.ToLower(s)
	if rest, ok := strings.CutPrefix(text, "pt"); ok {
		return time.ParseDuration(rest)
	}
	days, ok := strings.CutSuffix(strings.TrimPrefix(text, "p"), "d")
	n, err := strconv.ParseUint(days, 10, 16)
	if !ok || err != nil {
		return 0, errors.New("no ISO 8601 duration")
	}
	return time.Duration(n) * 24 * time.Hour, nil
}

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number", s)
	}
	return n, nil
}

func parseBool(s string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("%q is neither true nor false", s)
	}
}

func parseString(s string) (string, error) { return s, nil }

func printString(s string) string { return s }

// scalar returns the text of a value that is not a list.
func scalar(v any) (string, error) {
	switch x := v.(type) {
	case string:
		return x, nil
	case SecretText:
		return string(x), nil
	case fmt.Stringer:
		return x.String(), nil
	case bool, int, int32, int64, uint, uint32, uint64, float32, float64:
		return fmt.Sprint(x), nil
	case []string, []any, SecretList:
		return "", fmt.Errorf("takes one value, not a list")
	default:
		return "", fmt.Errorf("takes one value, not %T", v)
	}
}

// list returns the elements of a value: of a list, or of a text with commas.
func list(v any) ([]string, error) {
	switch x := v.(type) {
	case []string:
		return x, nil
	case SecretList:
		return x, nil
	case []any:
		out := make([]string, 0, len(x))
		for _, e := range x {
			text, err := scalar(e)
			if err != nil {
				return nil, fmt.Errorf("an element of the list %w", err)
			}
			out = append(out, text)
		}
		return out, nil
	}
	text, err := scalar(v)
	if err != nil {
		return nil, err
	}
	var out []string
	for e := range strings.SplitSeq(text, ",") {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

// oneOf makes a parser of a closed set of words.
func oneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, w := range words {
			if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(s), "-", "_"), w) {
				return w, nil
			}
		}
		return "", fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
	}
}

var (
	parseIsolation = oneOf("read_committed", "read_uncommitted")
	parseProtocol  = oneOf("classic", "consumer")
)

// javaAssignors are the classes of the Java client that the client has an
// equal of: their members share a group with ours.
var javaAssignors = map[string]string{
	"org.apache.kafka.clients.consumer.cooperativestickyassignor": "cooperative-sticky",
	"org.apache.kafka.clients.consumer.rangeassignor":             "range",
	"org.apache.kafka.clients.consumer.roundrobinassignor":        "roundrobin",
}

// parseAssignor reads "keep", or names with commas: the client's, or Java's.
func parseAssignor(s string) (string, error) {
	names := strings.Split(strings.ToLower(s), ",")
	for i, n := range names {
		n = strings.TrimSpace(n)
		if equal, ok := javaAssignors[n]; ok {
			n = equal
		}
		switch {
		case n == "keep" && len(names) == 1, n == "cooperative-sticky", n == "range", n == "roundrobin":
			names[i] = n
		default:
			return "", fmt.Errorf("%q is none of cooperative-sticky, range, roundrobin, keep", n)
		}
	}
	return strings.Join(names, ","), nil
}
