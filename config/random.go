package config

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"

	"github.com/google/uuid"
)

// builtin resolves the names that are made up at each start.
func (e *expansion) builtin(name string) (string, bool, error) {
	switch {
	case name == "hostname":
		e.volatile.Hostname = true
		host, err := e.c.hostname()
		if err != nil {
			return "", false, fmt.Errorf("the host has no name: %w", err)
		}
		return host, true, nil
	case len(name) > 7 && name[:7] == "random.":
		value, err := generator(name[7:])
		if err != nil {
			return "", false, err
		}
		e.volatile.Random = true
		e.count++
		return e.c.remember(e.place+delim+strconv.Itoa(e.count), value), true, nil
	default:
		return "", false, nil
	}
}

// remember returns the value of an occurrence, which is made once.
func (c *Config) remember(occurrence string, generate func() string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.randoms[occurrence]
	if !ok {
		value = generate()
		c.randoms[occurrence] = value
	}
	return value
}

var intRange = regexp.MustCompile(`^int[(\[]\s*(-?\d{1,18})\s*,\s*(-?\d{1,18})\s*[)\]]$`)

// generator returns what makes ${random.kind}.
func generator(kind string) (func() string, error) {
	switch kind {
	case "uuid":
		return uuid.NewString, nil
	case "int":
		return func() string { return strconv.Itoa(rand.IntN(math.MaxInt32)) }, nil
	case "long":
		return func() string { return strconv.FormatInt(rand.Int64(), 10) }, nil
	}
	m := intRange.FindStringSubmatch(kind)
	if m == nil {
		return nil, fmt.Errorf("there is no such ${random.…}: known are uuid, int, int(a,b), long")
	}
	low, _ := strconv.ParseInt(m[1], 10, 64) // 18 digits fit
	high, _ := strconv.ParseInt(m[2], 10, 64)
	if low >= high {
		return nil, fmt.Errorf("${random.int(%d,%d)} has an empty range: the upper bound is exclusive", low, high)
	}
	return func() string { return strconv.FormatInt(low+rand.Int64N(high-low), 10) }, nil
}
