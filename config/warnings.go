package config

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
)

func (c *Config) warnf(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !c.warned[text] {
		c.warned[text] = true
		c.Warnings = append(c.Warnings, text)
	}
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
		path := f.section.String()
		if f.spring {
			path = "spring." + path
		}
		c.warnf("%s.* (%s) is read by %s", path, f.origin, f.unread)
	}
}
