package factory

import "github.com/hearken-go/hearken/internal/spec"

// Assignor says how the group shares partitions: "cooperative-sticky",
// "range", "roundrobin", a list of the last two with commas, or "keep": what
// the members of the group use already. Defaults to "cooperative-sticky".
func Assignor(names string) Option {
	return with("assignor", names, func(s *spec.Settings) *spec.Value[string] { return &s.Assignor })
}

// GroupProtocol is "classic", or "consumer": KIP-848, with brokers from 4.0,
// which assign the partitions themselves. Defaults to "classic".
func GroupProtocol(protocol string) Option {
	return with("group-protocol", protocol, func(s *spec.Settings) *spec.Value[string] { return &s.GroupProtocol })
}

// GroupInstanceID makes static members, <prefix>-<listener>-<i>: a restart
// within the session moves no partition. Instances of a program need prefixes
// of their own, "${hostname}" for example. Placeholders are resolved; "" takes
// the setting of a layer below back.
func GroupInstanceID(prefix string) Option {
	return with("group-instance-id", prefix, func(s *spec.Settings) *spec.Value[string] { return &s.GroupInstanceID })
}

// IsolationLevel is "read_committed", which leaves the records of aborted
// transactions out, or "read_uncommitted". Defaults to "read_committed".
func IsolationLevel(level string) Option {
	return with("isolation-level", level, func(s *spec.Settings) *spec.Value[string] { return &s.IsolationLevel })
}

// Cluster chooses the entry of kafka.clusters whose brokers and security are
// used. Defaults to those of kafka.* itself, which "" chooses, too.
func Cluster(name string) Option {
	return with("cluster", name, func(s *spec.Settings) *spec.Value[string] { return &s.Cluster })
}

// AllowInsecure allows security settings that give passwords or data to
// whoever listens; they are warnings then. Defaults to false: they are faults.
func AllowInsecure(on bool) Option {
	return with("allow-insecure", on, func(s *spec.Settings) *spec.Value[bool] { return &s.AllowInsecure })
}
