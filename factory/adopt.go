package factory

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/spec"
)

// ClientConfig takes the configuration of an existing client as it is. What is
// a setting here becomes that setting (group.id, client.id as a prefix,
// auto.offset.reset, max.poll.interval.ms, bootstrap.servers and the like), the
// rest become client properties. What contradicts the container, such as
// enable.auto.commit true, is a fault, as it is from Property. Placeholders are
// not looked for.
// go.application.rebalance.enable and go.logs.channel do nothing; a note says so.
func ClientConfig(m kafka.ConfigMap) Option {
	values := map[string]string{}
	flatten(values, m)
	origin := spec.Code(0)
	names := slices.Sorted(maps.Keys(values))
	return spec.ForFactory("client-config="+strings.Join(names, ", "), func(s *spec.Settings) {
		for _, name := range names {
			adopt(s, name, strings.ReplaceAll(values[name], "${", `\${`), origin)
		}
	})
}

// unusable begins the text of a value that no client takes; its type follows.
const unusable = "\x00type "

// flatten turns values into texts as the client does. default.topic.config
// holds properties that win over those beside it.
func flatten(into map[string]string, m kafka.ConfigMap) {
	for name, v := range m {
		if _, nested := v.(kafka.ConfigMap); nested {
			continue
		}
		into[strings.TrimPrefix(name, "{topic}.")] = valueText(v)
	}
	for _, v := range m {
		if nested, ok := v.(kafka.ConfigMap); ok {
			flatten(into, nested)
		}
	}
}

func valueText(v kafka.ConfigValue) string {
	switch x := v.(type) {
	case string:
		return x
	case fmt.Stringer:
		if isNil(x) {
			return unusable + "nil"
		}
		return x.String()
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return fmt.Sprint(x)
	case nil:
		return unusable + "nil"
	default:
		return unusable + fmt.Sprintf("%T", v)
	}
}

// adopt sets what has a name here by that name. A value that can't be read
// stays a property, where it is reported.
func adopt(s *spec.Settings, name, value, origin string) {
	switch name {
	case "group.id":
		s.GroupID = spec.Set(value, origin)
	case "client.id":
		s.ClientID = spec.Set(value, origin)
	case "auto.offset.reset":
		if reset, ok := resetWords[strings.ToLower(value)]; ok {
			s.AutoOffsetReset = spec.Set(reset, origin)
			return
		}
		s.SetProperty(name, value, origin)
	case "max.poll.interval.ms":
		if n, err := strconv.ParseInt(value, 10, 32); err == nil {
			s.MaxPollInterval = spec.Set(time.Duration(n)*time.Millisecond, origin)
			return
		}
		s.SetProperty(name, value, origin)
	default:
		s.SetProperty(name, value, origin)
	}
}

// resetWords are the client's words for where to begin.
var resetWords = map[string]spec.Reset{
	"smallest": spec.Earliest, "earliest": spec.Earliest, "beginning": spec.Earliest,
	"largest": spec.Latest, "latest": spec.Latest, "end": spec.Latest,
	"error": spec.NoReset,
}
