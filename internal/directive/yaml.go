package directive

import (
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// configName are the files in which a service may keep its settings.
var configName = regexp.MustCompile(`^(hearken|application)(-[^/]*)?\.ya?ml$`)

func isConfig(name string) bool { return configName.MatchString(name) }

// readConfig notes the factories that a configuration file names. What is
// wrong with the file is for the service to report.
func (m *Module) readConfig(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	for {
		var doc yaml.Node
		if decoder.Decode(&doc) != nil {
			return
		}
		for _, n := range doc.Content {
			m.readFactories(n, "")
		}
	}
}

const factoriesKey = "kafka.factories."

// readFactories walks maps, whose keys may be dotted.
func (m *Module) readFactories(n *yaml.Node, at string) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := at + n.Content[i].Value
		if rest, ok := strings.CutPrefix(key, factoriesKey); ok {
			m.configured[rest] = true // with dots it may be a name, or a name and a setting: both count
			name, _, _ := strings.Cut(rest, ".")
			m.configured[name] = true
			continue
		}
		if strings.HasPrefix(factoriesKey, key+".") {
			m.readFactories(n.Content[i+1], key+".")
		}
	}
}
