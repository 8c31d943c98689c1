package factory

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A clientCheck asks the client itself what it thinks of properties, by making
// a client that has no brokers: a list of names would be out of date with the
// next release, and would know no types and ranges.
type clientCheck struct {
	known   map[string][]Fault
	open    broker.Opener
	produce broker.ProducerOpener
}

func newClientCheck() *clientCheck {
	return &clientCheck{known: map[string][]Fault{}, open: broker.Open, produce: broker.OpenProducer}
}

// faults returns what the client refuses, with the bare property as Key. The
// client names one at a time, so each is taken out and the rest asked again.
func (c *clientCheck) faults(config map[string]string, s spec.Settings) []*Fault {
	return c.all(config, s, cacheKey(config, s), c.first)
}

// producerFaults is faults for a producer.
func (c *clientCheck) producerFaults(config map[string]string, s spec.Settings) []*Fault {
	return c.all(config, s, "producer\x00"+cacheKey(config, s), c.firstOfProducer)
}

func (c *clientCheck) all(config map[string]string, s spec.Settings, memo string, first func(map[string]string, spec.Settings) *Fault) []*Fault {
	if len(config) == 0 {
		return nil
	}
	config = maps.Clone(config)
	found, ok := c.known[memo]
	if !ok {
		for range len(config) {
			f := first(config, s)
			if f == nil {
				break
			}
			found = append(found, *f)
			if f.Key == "" {
				break
			}
			delete(config, f.Key)
			if isMechanism(f.Key) { // without it the client would miss another one
				delete(config, "security.protocol")
			}
		}
		c.known[memo] = found
	}
	out := make([]*Fault, len(found))
	for i, f := range found {
		out[i] = &f
	}
	return out
}

// first returns the first thing that the client refuses.
func (c *clientCheck) first(config map[string]string, s spec.Settings) *Fault {
	probe := maps.Clone(config)
	probe["group.id"] = "hearken-check"
	if _, ok := probe["log_level"]; !ok {
		probe["log_level"] = "0" // what it warns of, the real client warns of again
	}
	if s.GroupProtocol.V == consumerProtocol {
		probe["group.protocol"] = consumerProtocol
	}
	if s.MaxPollInterval.V >= sessionFloor {
		probe["max.poll.interval.ms"] = ms(s) // the client compares session.timeout.ms with it
	}
	consumer, err := c.open(broker.Params{Config: probe})
	if err == nil {
		// Nothing was subscribed, so there is nothing to leave, and no fault
		// of closing says anything about the configuration.
		_ = consumer.Close()
		return nil
	}
	return refused(err, config, s)
}

// firstOfProducer is first for a producer, which gets no brokers either.
func (c *clientCheck) firstOfProducer(config map[string]string, s spec.Settings) *Fault {
	probe := maps.Clone(config)
	delete(probe, "bootstrap.servers")
	if _, ok := probe["log_level"]; !ok {
		probe["log_level"] = "0"
	}
	producer, err := c.produce(broker.ProducerParams{Config: probe})
	if err == nil {
		producer.Close()
		return nil
	}
	return refused(err, config, s)
}

// sessionFloor: an interval below it is reported by check.times in better words.
const sessionFloor = 45e9

var quotedWord = regexp.MustCompile(`"([^"]*)"|\x60([^\x60]*)\x60`)

// refused turns the client's error into a fault.
func refused(err error, config map[string]string, s spec.Settings) *Fault {
	text := err.Error()
	if ce := (*broker.ClientError)(nil); errors.As(err, &ce) {
		text = ce.Text
	}
	if m := noMechanism.FindStringSubmatch(text); m != nil {
		return withoutMechanism(m[1], config, s)
	}
	if pe := (*broker.ProducerError)(nil); errors.As(err, &pe) {
		text = inWordsOf(config, pe.Text)
	}
	unknown := strings.Contains(text, "No such configuration property") // before anything is cut out of it
	f := &Fault{Kind: ErrInvalidSetting, Fix: "see the CONFIGURATION page of librdkafka"}
	for _, m := range quotedWord.FindAllStringSubmatch(text, -1) {
		if _, ok := config[m[1]+m[2]]; ok {
			f.Key = m[1] + m[2]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(config)) {
		value := config[name]
		if f.Key == "" && strings.Contains(text, name) && len(name) > 5 {
			f.Key = name
		}
		if secretProperty(s, name) {
			text = spec.Without(text, value)
		}
	}
	f.Problem = "the client refuses it: " + spec.Printable("", text)
	if unknown {
		f.Kind, f.Problem, f.Fix = ErrUnknownProperty, "the client has no such property", spec.PropertyAdvice(f.Key)
	} else if secretProperty(s, f.Key) {
		f.Problem = "the client refuses its value" // which its words may quote in part
	}
	return f
}

// noMechanism is what the client says of a SASL mechanism that it has not.
var noMechanism = regexp.MustCompile(`(?:No provider for|Unsupported) SASL mechanism:? ([A-Za-z0-9_-]+)`)

// withoutMechanism is the fault of a mechanism that the client has not, or of
// none: then Kafka's own default is meant, which few have.
func withoutMechanism(mechanism string, config map[string]string, s spec.Settings) *Fault {
	f := &Fault{Kind: ErrInvalidSetting, Fix: "set sasl.mechanism to PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"}
	for _, name := range []string{"sasl.mechanism", "sasl.mechanisms"} {
		if _, ok := config[name]; ok {
			if secretProperty(s, name) {
				mechanism = spec.Redacted
			}
			f.Key, f.Problem = name, "the client has no mechanism "+mechanism
			return f
		}
	}
	f.Key, f.Problem = "security.protocol", "needs sasl.mechanism: without it "+mechanism+" is meant, which this client has not"
	return f
}

func isMechanism(property string) bool {
	return property == "sasl.mechanism" || property == "sasl.mechanisms"
}

// inWordsOf gives properties the names by which config has them, where the client
// answers with its other ones.
func inWordsOf(config map[string]string, text string) string {
	for theirs, ours := range map[string]string{
		"queue.buffering.max.ms": "linger.ms", "request.required.acks": "acks", "compression.codec": "compression.type",
		"message.timeout.ms": "delivery.timeout.ms", "message.send.max.retries": "retries",
	} {
		if _, has := config[theirs]; !has && config[ours] != "" {
			text = strings.ReplaceAll(text, theirs, ours)
		}
	}
	return text
}

// secretProperty reports whether a property's value must not be printed.
func secretProperty(s spec.Settings, name string) bool {
	return spec.IsSecret(name) || s.Properties[name].Secret
}

func cacheKey(config map[string]string, s spec.Settings) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(config)) {
		b.WriteString(name + "\x00" + config[name] + "\x00")
	}
	return b.String() + s.GroupProtocol.V + ms(s)
}
