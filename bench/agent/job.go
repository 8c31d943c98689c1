//go:build unix

package agent

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Job is what the contestant is to do.
type Job struct {
	Does    string // the contestant's name within its program
	Brokers string
	Topic   string
	Group   string
	Records int
	Params  map[string]string // what only some contestants look at, and the work of the handler (see NewMeter)
}

// Text returns a parameter, or otherwise.
func (j Job) Text(name, otherwise string) string {
	if v, ok := j.Params[name]; ok {
		return v
	}
	return otherwise
}

// Int returns a parameter that is a number.
func (j Job) Int(name string, otherwise int) int {
	if n, err := strconv.Atoi(j.Params[name]); err == nil {
		return n
	}
	return otherwise
}

// Duration returns a parameter that is a time.
func (j Job) Duration(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(j.Params[name]); err == nil {
		return d
	}
	return otherwise
}

// parse reads a job's line.
func parse(line string) (Job, error) {
	j := Job{Params: make(map[string]string)}
	for word := range strings.FieldsSeq(line) {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return j, fmt.Errorf("%q is not key=value", word)
		}
		switch key {
		case "does":
			j.Does = value
		case "brokers":
			j.Brokers = value
		case "topic":
			j.Topic = value
		case "group":
			j.Group = value
		case "records":
			n, err := strconv.Atoi(value)
			if err != nil {
				return j, err
			}
			j.Records = n
		default:
			j.Params[key] = value
		}
	}
	return j, nil
}
