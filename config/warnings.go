package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

func (c *Config) warnf(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !c.warned[text] {
		c.warned[text] = true
		c.Warnings = append(c.Warnings, text)
	}
}

// sayMisplaced says what looks like a setting and stands beside kafka, not below it.
func (c *Config) sayMisplaced() {
	heads := []string{"bootstrap-servers", "consumer", "listener", "factories", "listeners", "clusters"}
	for _, joined := range c.values.Keys() {
		path := strings.Split(joined, delim)
		l, ok := c.origins[joined]
		if !ok || !slices.Contains(heads, path[0]) {
			continue
		}
		if i := slices.Index(path, "properties"); i >= 0 && i+2 < len(path) {
			path = path[:i+2] // what is below may be a value that YAML reads as a map
		}
		under := append([]string{"kafka"}, path...)
		if _, f := classify(under); f == nil {
			c.warnf("%s (%s) is not read: settings stand below kafka; write %s", spec.Printable("", display(path)), l.origin, spec.Printable("", display(under)))
		}
	}
}

// sayUnfollowed says what of Spring's own ways to find files is not followed.
func (c *Config) sayUnfollowed() {
	say := func(name, why string) {
		if l, ok := c.origins[strings.ReplaceAll(name, ".", delim)]; ok {
			c.warnf("%s (%s) is not followed: %s", name, l.origin, why)
		}
	}
	if len(profilesOf(c.environ)) == 0 {
		say("spring.profiles.active", "set SPRING_PROFILES_ACTIVE, or HEARKEN_PROFILES, in the environment")
	}
	say("spring.profiles.include", "name the profiles in SPRING_PROFILES_ACTIVE, or HEARKEN_PROFILES")
	say("spring.config.import", "merge the file, or name one file by HEARKEN_CONFIG")
}

// compareTrees says where spring.kafka loses against kafka.
func (c *Config) compareTrees() {
	low, up := c.spring, c.own
	c.differ("kafka", spec.Conflicts(spec.Keys, low.common(), up.common()))
	c.differ("kafka", spec.PropertyConflicts(low.common().Properties, up.common().Properties))
	c.differ("kafka.producer", spec.Conflicts(spec.ProducerKeys, low.producer("producer"), up.producer("producer")))
	c.differ("kafka.producer", spec.PropertyConflicts(low.producer("producer").Properties, up.producer("producer").Properties))
	c.differ("kafka.template", spec.Conflicts(spec.TemplateKeys, low.template, up.template))
	c.differ("kafka.admin", spec.Conflicts(spec.AdminKeys, low.admin, up.admin))
	c.differ("kafka.admin", spec.PropertyConflicts(low.admin.Properties, up.admin.Properties))
	c.differ("kafka.retry.topic", spec.Conflicts(spec.RetryTopicKeys, low.retry, up.retry))
}

func (c *Config) differ(section string, conflicts []spec.Conflict) {
	for _, d := range conflicts {
		path := section + "." + d.Name
		if k, ok := spec.Lookup(d.Name); ok && section == "kafka" {
			path = pathOf(k.Info)
		}
		c.warnf("spring.%s (%s) is not used: %s (%s) says otherwise", spec.Printable("", path), d.Lower, spec.Printable("", path), d.Upper)
	}
}

// sayUnread says of each section that no code reads yet, and that holds
// something, who will read it.
func (c *Config) sayUnread(all []found) {
	said := map[*section]bool{}
	for _, f := range all {
		if f.unread == "" || said[f.section] {
			continue
		}
		said[f.section] = true
		path := f.String()
		if f.spring {
			path = "spring." + path
		}
		c.warnf("%s.* (%s) is read by %s", path, f.origin, f.unread)
	}
}
