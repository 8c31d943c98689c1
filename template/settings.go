package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// FromSettings returns the options that configuration says: p is
// kafka.producer, or kafka.producers.NAME over it, with the kafka.* layer
// below; s is kafka.template. What has no key, routes, codec and interceptors, is for the caller
// to add. All faults, each a *spec.Fault,
// come at once.
//
// enable.idempotence and transaction.timeout.ms, which have no key of their own,
// become typed settings; the client's other properties pass through.
func FromSettings(name string, p spec.Producer, s spec.Template) (Options, error) {
	o := Options{
		Name: name, ClientID: p.ClientID.V, DefaultTopic: s.DefaultTopic.V,
		TransactionIDPrefix: p.TransactionIDPrefix.V, AllowNonTransactional: s.AllowNonTransactional.V,
		CloseTimeout: s.CloseTimeout.V, Instance: p.TransactionInstance.V, MaxTransactions: p.MaxTransactions.V, Properties: map[string]string{},
	}
	if s.TransactionIDPrefix.IsSet() { // it is the template's own
		o.TransactionIDPrefix = s.TransactionIDPrefix.V
	}
	var faults []error
	config := p.ClientConfig()
	for _, property := range slices.Sorted(maps.Keys(config)) {
		v := config[property]
		if err := o.take(property, v.V); err != nil {
			faults = append(faults, &spec.Fault{
				Kind: spec.ErrInvalidSetting, Subject: fmt.Sprintf("producer %q", name), Key: property, Origin: v.Origin, Problem: err.Error(),
			})
		}
	}
	if len(faults) > 0 {
		return Options{}, errors.Join(faults...)
	}
	return o, nil
}

// take puts a client property where it belongs.
func (o *Options) take(property, value string) (err error) {
	switch property {
	case "bootstrap.servers", "metadata.broker.list":
		o.BootstrapServers = value
	case "acks", "request.required.acks":
		o.Acks, err = ParseAcks(value)
	case "compression.type", "compression.codec":
		o.Compression = value
	case "enable.idempotence":
		var on bool
		if on, err = strconv.ParseBool(strings.ToLower(value)); err == nil {
			o.Idempotence = &on
		} else {
			err = errors.New("is true or false")
		}
	case "transaction.timeout.ms":
		o.TransactionTimeout, err = parseMillis(value)
	case "message.timeout.ms", "delivery.timeout.ms":
		o.DeliveryTimeout, err = parseMillis(value)
	case "transactional.id":
		err = errors.New("set transaction-id-prefix, the ids are made from it")
	default:
		o.Properties[property] = value
	}
	return err
}

func parseMillis(value string) (time.Duration, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n <= 0 {
		return 0, errors.New("is a number of milliseconds")
	}
	return time.Duration(n) * time.Millisecond, nil
}

// ClientConfig returns the properties of the template's client, its defaults
// not among them, or all that is wrong with the options. Files that hold secrets
// are still named.
func (o Options) ClientConfig() (map[string]string, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	id := ""
	if o.TransactionIDPrefix != "" {
		id = o.TransactionIDPrefix + "-" + o.Instance
	}
	return o.config(id)
}
