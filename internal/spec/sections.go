package spec

import "time"

// A Template is what kafka.template may set.
type Template struct {
	DefaultTopic          Value[string]
	TransactionIDPrefix   Value[string]
	CloseTimeout          Value[time.Duration]
	AllowNonTransactional Value[bool]
}

// TemplateKeys is the table of a template's settings.
var TemplateKeys = []KeyOf[Template]{
	key("default-topic", func(t *Template) *Value[string] { return &t.DefaultTopic }, parseString, printString).
		at("template", FactoryScope, "the topic of a send that names none"),
	key("transaction-id-prefix", func(t *Template) *Value[string] { return &t.TransactionIDPrefix }, parseString, printString).
		at("template", FactoryScope, "as kafka.producer.transaction-id-prefix, for the template"),
	key("close-timeout", func(t *Template) *Value[time.Duration] { return &t.CloseTimeout }, parseDuration, printDuration).
		at("template", FactoryScope, "how long a close waits for records that are on their way"),
	key("allow-non-transactional", func(t *Template) *Value[bool] { return &t.AllowNonTransactional }, parseBool, printAny).
		at("template", FactoryScope, "a transactional template may send outside of a transaction, too"),
}

// An Admin is what kafka.admin may set.
type Admin struct {
	ClientID           Value[string]
	OperationTimeout   Value[time.Duration]
	CloseTimeout       Value[time.Duration]
	Start              Value[StartPolicy]
	FailFast           Value[bool]
	AutoCreate         Value[bool]
	ModifyTopicConfigs Value[bool]
	Properties         map[string]Value[string]
}

// AdminKeys is the table of the admin client's settings.
var AdminKeys = []KeyOf[Admin]{
	key("client-id", func(a *Admin) *Value[string] { return &a.ClientID }, parseString, printString).
		at("admin", FactoryScope, "as kafka.client-id, for the admin client"),
	key("operation-timeout", func(a *Admin) *Value[time.Duration] { return &a.OperationTimeout }, parseDuration, printDuration).
		at("admin", FactoryScope, "how long one request may take"),
	key("close-timeout", func(a *Admin) *Value[time.Duration] { return &a.CloseTimeout }, parseDuration, printDuration).
		at("admin", FactoryScope, "how long a close may take"),
	key("start", func(a *Admin) *Value[StartPolicy] { return &a.Start }, ParseStart, printed[StartPolicy]).
		at("admin", FactoryScope, "what a start does while declared topics can't be made: fail 10s, wait 10s (then it goes on, and they are made in the background), background; wait 10s").like("wait 30s", "background", "fail 10s"),
	key("fail-fast", func(a *Admin) *Value[bool] { return &a.FailFast }, parseBool, printAny).
		at("admin", FactoryScope, "true is start: fail, within operation-timeout"),
	key("auto-create", func(a *Admin) *Value[bool] { return &a.AutoCreate }, parseBool, printAny).
		at("admin", FactoryScope, "topics that the program declares are made at start-up"),
	key("modify-topic-configs", func(a *Admin) *Value[bool] { return &a.ModifyTopicConfigs }, parseBool, printAny).
		at("admin", FactoryScope, "the configuration of topics that exist is changed to what is declared"),
}

// PutProperty sets a client property.
func (a *Admin) PutProperty(name string, v Value[string]) {
	if a.Properties == nil {
		a.Properties = map[string]Value[string]{}
	}
	putProperty(a.Properties, name, v)
}

// A Topic is what kafka.topics.NAME declares.
type Topic struct {
	Partitions Value[int]
	Replicas   Value[int]
	Config     map[string]Value[string] // by the brokers' names
}

// TopicKeys is the table of a topic's settings.
var TopicKeys = []KeyOf[Topic]{
	key("partitions", func(t *Topic) *Value[int] { return &t.Partitions }, parseInt, printAny).
		at("topics", FactoryScope, "how many partitions the topic has at least; unset: the brokers' num.partitions"),
	key("replicas", func(t *Topic) *Value[int] { return &t.Replicas }, parseInt, printAny).
		at("topics", FactoryScope, "how many brokers have each partition; unset: the brokers' default.replication.factor"),
}

// PutConfig sets a setting of the topic, by the brokers' name.
func (t *Topic) PutConfig(name string, v Value[string]) {
	if t.Config == nil {
		t.Config = map[string]Value[string]{}
	}
	t.Config[name] = v
}

// Under returns t with upper over it; configs merge by name.
func (t Topic) Under(upper Topic) Topic {
	out := layered(TopicKeys, t, upper)
	out.Config = nil
	for _, from := range []map[string]Value[string]{t.Config, upper.Config} {
		for name, v := range from {
			out.PutConfig(name, v)
		}
	}
	return out
}

// A RetryTopic is what kafka.retry.topic may set.
type RetryTopic struct {
	Enabled    Value[bool]
	Attempts   Value[int]
	Delay      Value[time.Duration]
	Multiplier Value[float64]
	MaxDelay   Value[time.Duration]
	Jitter     Value[time.Duration]
}

// RetryTopicKeys is the table of the settings of retry topics.
var RetryTopicKeys = []KeyOf[RetryTopic]{
	key("enabled", func(r *RetryTopic) *Value[bool] { return &r.Enabled }, parseBool, printAny).
		at("retry.topic", FactoryScope, "a record that failed goes on through retry topics"),
	key("attempts", func(r *RetryTopic) *Value[int] { return &r.Attempts }, parseInt, printAny).
		at("retry.topic", FactoryScope, "deliveries of a record altogether, the first one included"),
	key("backoff.delay", func(r *RetryTopic) *Value[time.Duration] { return &r.Delay }, parseDuration, printDuration).
		at("retry.topic", FactoryScope, "the delay before the second delivery"),
	key("backoff.multiplier", func(r *RetryTopic) *Value[float64] { return &r.Multiplier }, parseFloat, printAny).
		at("retry.topic", FactoryScope, "each further delay is so many times the one before"),
	key("backoff.max-delay", func(r *RetryTopic) *Value[time.Duration] { return &r.MaxDelay }, parseDuration, printDuration).
		at("retry.topic", FactoryScope, "no delay is longer"),
	key("backoff.jitter", func(r *RetryTopic) *Value[time.Duration] { return &r.Jitter }, parseDuration, printDuration).
		at("retry.topic", FactoryScope, "a delay is longer or shorter by up to so much, at random"),
}

// Under returns t with upper over it.
func (t Template) Under(upper Template) Template { return layered(TemplateKeys, t, upper) }

// Under returns r with upper over it.
func (r RetryTopic) Under(upper RetryTopic) RetryTopic { return layered(RetryTopicKeys, r, upper) }

// Under returns a with upper over it; properties merge by name.
func (a Admin) Under(upper Admin) Admin {
	out := layered(AdminKeys, a, upper)
	out.Properties = layerProperties(a.Properties, upper.Properties)
	return out
}

func layered[S any](table []KeyOf[S], lower, upper S) S {
	for _, k := range table {
		k.layer(&lower, &upper)
	}
	return lower
}

// A Conflict is a setting that two layers set to different values.
type Conflict struct {
	Name         string // of a setting, or "properties.NAME"
	Lower, Upper string // origins
}

// Conflicts returns what lower and upper set to different values, by name.
func Conflicts[S any](table []KeyOf[S], lower, upper S) []Conflict {
	var out []Conflict
	for _, k := range table {
		low, lowOrigin, _ := k.get(&lower)
		up, upOrigin, _ := k.get(&upper)
		if lowOrigin != "" && upOrigin != "" && low != up {
			out = append(out, Conflict{k.Name, lowOrigin, upOrigin})
		}
	}
	return out
}

// PropertyConflicts is Conflicts for client properties.
func PropertyConflicts(lower, upper map[string]Value[string]) []Conflict {
	var out []Conflict
	for _, name := range sortedNames(lower) {
		if up, ok := upper[name]; ok && up.V != lower[name].V {
			out = append(out, Conflict{"properties." + name, lower[name].Origin, up.Origin})
		}
	}
	return out
}
