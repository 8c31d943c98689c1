package kafkatest

import (
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// An Option is a setting of an embedded broker.
type Option interface{ apply(*settings) }

type optionFunc func(*settings)

func (f optionFunc) apply(s *settings) { f(s) }

type settings struct {
	nodes      int
	minSession time.Duration
	fake       []kfake.Opt
}

// Nodes sets how many brokers the embedded cluster has. Defaults to 1.
func Nodes(n int) Option {
	return optionFunc(func(s *settings) { s.nodes = n })
}

// Topics creates topics with the given number of partitions each. It may be given several times.
func Topics(partitions int, names ...string) Option {
	return fake(kfake.SeedTopics(int32(partitions), names...))
}

// AutoCreate lets clients create topics by asking for them, with the given
// number of partitions. Defaults to off.
func AutoCreate(partitions int) Option {
	return optionFunc(func(s *settings) {
		s.fake = append(s.fake, kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(partitions))
	})
}

// MinSessionTimeout is the shortest session timeout that a group member may ask for. Defaults to 1 s.
func MinSessionTimeout(d time.Duration) Option {
	return optionFunc(func(s *settings) { s.minSession = d })
}

// Fake passes options to the embedded cluster as they are: SASL, TLS, ACLs, a
// data folder, fixed ports, broker settings.
func Fake(opts ...kfake.Opt) Option { return fake(opts...) }

func fake(opts ...kfake.Opt) Option {
	return optionFunc(func(s *settings) { s.fake = append(s.fake, opts...) })
}

func resolve(opts []Option) settings {
	s := settings{nodes: 1, minSession: time.Second}
	for _, o := range opts {
		o.apply(&s)
	}
	return s
}

func (s settings) fakeOptions() []kfake.Opt {
	base := []kfake.Opt{kfake.NumBrokers(s.nodes), kfake.GroupMinSessionTimeout(s.minSession)}
	return append(base, s.fake...)
}
