package factory

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

// STAND-INS until branch config is merged.

var partitionForm = regexp.MustCompile(`^([^\[\]]+)\[([^\[\]]*)\](?:@(.+))?$`)

func parsePartitions(list []string) ([]spec.PartitionSet, error) {
	var out []spec.PartitionSet
	for _, text := range list {
		m := partitionForm.FindStringSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("%q is not like orders[0-5,7]@end-10", text)
		}
		set := spec.PartitionSet{Topic: m[1]}
		if m[2] != "*" {
			for part := range strings.SplitSeq(m[2], ",") {
				low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
				if !isRange {
					high = low
				}
				a, errA := strconv.Atoi(low)
				b, errB := strconv.Atoi(high)
				if errA != nil || errB != nil || a > b || b > 100000 {
					return nil, fmt.Errorf("%q is no range of partitions", part)
				}
				for ; a <= b; a++ {
					set.IDs = append(set.IDs, int32(a))
				}
			}
		}
		if m[3] != "" {
			start, err := spec.ParsePosition(m[3])
			if err != nil {
				return nil, err
			}
			set.Start = start
		}
		out = append(out, set)
	}
	return out, nil
}

func withoutConnection(s spec.Settings) spec.Settings {
	s.BootstrapServers.Origin, s.AllowInsecure.Origin = "", ""
	properties := map[string]spec.Value[string]{}
	for name, v := range s.Properties {
		if !strings.HasPrefix(name, "ssl.") && !strings.HasPrefix(name, "sasl.") && name != "security.protocol" {
			properties[name] = v
		}
	}
	s.Properties = properties
	return s
}

func resolveSecrets(config map[string]string) (map[string]string, error) { return config, nil }

func clustersOf(c *config.Config) []config.Entry { return nil }

func clusterOf(c *config.Config, name string) (spec.Settings, bool) { return spec.Settings{}, false }
