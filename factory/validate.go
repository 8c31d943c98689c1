package factory

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// checkValues reports values out of their range, and pairs of values that
// exclude each other. Only what somebody wrote is looked at: the defaults are right.
func (r *resolver) checkValues(s spec.Settings, subject string) {
	c := check{r: r, subject: subject}
	between(c, "concurrency", s.Concurrency, 1, 1000)
	between(c, "workers", s.Workers, 1, 1000)
	between(c, "window", s.Window, 1, 1_000_000)
	between(c, "commit-map-size", s.CommitMapSize, 64, 16384)
	between(c, "in-flight-records", s.InFlightRecords, 1, 1_000_000_000)
	between(c, "in-flight-size", s.InFlightSize, 1, 1<<40)
	between(c, "ack-count", s.AckCount, 1, 1_000_000)
	between(c, "max-poll-records", s.MaxPollRecords, 1, 100_000)
	between(c, "batch-size", s.BatchSize, 1, 500_000)
	between(c, "batch-linger", s.BatchLinger, 0, time.Hour)
	between(c, "ack-time", s.AckTime, time.Millisecond, 24*time.Hour)
	between(c, "max-poll-interval", s.MaxPollInterval, time.Second, 24*time.Hour)
	between(c, "handler-timeout", s.HandlerTimeout, time.Millisecond, 7*24*time.Hour)
	between(c, "revoke-timeout", s.RevokeTimeout, time.Millisecond, 12*time.Hour)
	between(c, "shutdown-timeout", s.ShutdownTimeout, time.Millisecond, time.Hour)
	between(c, "idle-event-interval", s.IdleInterval, 0, 7*24*time.Hour)
	between(c, "idle-partition-event-interval", s.PartitionIdle, 0, 7*24*time.Hour)
	between(c, "auth-exception-retry-interval", s.AuthRetry, time.Millisecond, 24*time.Hour)
	between(c, "transaction-max-records", s.TransactionMaxRecords, 1, 1_000_000)
	between(c, "transaction-max-time", s.TransactionMaxTime, time.Millisecond, time.Minute)
	between(c, "transaction-timeout", s.TransactionTimeout, time.Second, 15*time.Minute)
	between(c, "back-off.initial", s.BackOffInitial, time.Millisecond, 24*time.Hour)
	between(c, "back-off.max", s.BackOffMax, time.Millisecond, 24*time.Hour)
	between(c, "back-off.multiplier", s.BackOffMultiplier, 1, 100)
	between(c, "max-attempts", s.MaxAttempts, 0, 1_000_000)
	between(c, "max-age", s.MaxAge, 0, 365*24*time.Hour)
	c.backOff(s)
	known(c, "back-off.jitter", s.BackOffJitter)
	known(c, "recover", s.Recover)
	known(c, "ack-mode", s.AckMode)
	known(c, "commit", s.Commit)
	known(c, "ack-scope", s.AckScope)
	known(c, "unacked", s.Unacked)
	known(c, "on-hang", s.OnHang)
	known(c, "reader", s.Reader)
	known(c, "auto-offset-reset", s.AutoOffsetReset)
	known(c, "ordering", s.Ordering)
	known(c, "null-key", s.NullKey)
	known(c, "start", s.Start)
	known(c, "on-fatal", s.OnFatal)
	present(c, "codec", s.Codec)
	present(c, "key-codec", s.KeyCodec)
	present(c, "order-key", s.OrderKey)
	present(c, "error-handler", s.ErrorHandler)
	c.times(s)
	c.member(s)
	if s.TransactionIDPrefix.V != "" {
		c.text("transaction-id-prefix", s.TransactionIDPrefix)
	}
	c.text("transaction-instance", s.TransactionInstance)
	c.text("group-id", s.GroupID)
	c.text("client-id", s.ClientID)
	c.servers(s.BootstrapServers)
}

// A check reports on behalf of one factory or listener.
type check struct {
	r       *resolver
	subject string
}

func (c check) fault(kind error, key, origin, problem, fix string) {
	c.r.faults.AddOnce(&Fault{Kind: kind, Subject: c.r.subjectOf(key, origin, c.subject), Key: key, Origin: origin, Problem: problem, Fix: fix})
}

func between[T int | int64 | float64 | time.Duration](c check, key string, v spec.Value[T], low, high T) {
	if v.IsSet() && !(v.V >= low && v.V <= high) { // also what is no number
		text := fmt.Sprint(v.V)
		if v.Secret {
			text = spec.Redacted
		}
		fix := fmt.Sprintf("choose from %v to %v", low, high)
		if _, isTime := any(low).(time.Duration); isTime {
			fix += "; a number without a unit is milliseconds"
		}
		c.fault(ErrInvalidSetting, key, v.Origin, text+" is out of range", fix)
	}
}

func known[T interface{ Valid() bool }](c check, key string, v spec.Value[T]) {
	if v.IsSet() && !v.V.Valid() {
		c.fault(ErrInvalidSetting, key, v.Origin, fmt.Sprintf("%v is none of its values", v.V), meaning(key))
	}
}

// meaning says what a key may be.
func meaning(key string) string {
	k, _ := spec.Lookup(key)
	if len(k.Values) > 0 {
		return "choose one of " + strings.Join(k.Values, ", ")
	}
	return key + " is: " + k.Doc
}

// present reports a nil that was set in code: it would be met at the first record.
func present(c check, key string, v spec.Value[any]) {
	if v.IsSet() && isNil(v.V) {
		c.fault(ErrInvalidSetting, key, v.Origin, "is nil", "remove the option, or give it a value")
	}
}

// text reports names that Kafka would refuse, or that nobody can have meant.
func (c check) text(key string, v spec.Value[string]) {
	if !v.IsSet() {
		return
	}
	if problem := badName(v.V); problem != "" {
		c.fault(ErrInvalidSetting, key, v.Origin, problem, "give it a plain name, or remove the key")
	}
}

// times compares the settings that Kafka or a rebalance ties to each other.
func (c check) times(s spec.Settings) {
	full := spec.WithDefaults(s)
	interval, revoke := full.MaxPollInterval, s.RevokeTimeout
	if revoke.IsSet() && revoke.V > interval.V/2 {
		c.fault(ErrContradiction, "revoke-timeout", revoke.Origin,
			fmt.Sprintf("%s is more than half of max-poll-interval, %s (%s)", revoke.V, interval.V, interval.Origin),
			fmt.Sprintf("choose %s or less: a rebalance has to end while the group still waits", interval.V/2))
	}
	if s.GroupProtocol.V == consumerProtocol {
		return // the broker decides session and heartbeat there
	}
	session, ok := milliseconds(s, "session.timeout.ms", 45*time.Second)
	if ok && interval.V < session.V {
		c.fault(ErrContradiction, "max-poll-interval", interval.Origin,
			fmt.Sprintf("%s is less than properties.session.timeout.ms, %s (%s)", interval.V, session.V, session.Origin),
			"raise it, or lower properties.session.timeout.ms")
	}
	heartbeat, beatOK := milliseconds(s, "heartbeat.interval.ms", 3*time.Second)
	if ok && beatOK && heartbeat.V > session.V/3 {
		at := heartbeat
		if at.Origin == spec.DefaultOrigin {
			at = session
		}
		c.fault(ErrContradiction, "properties.heartbeat.interval.ms", at.Origin,
			fmt.Sprintf("%s is more than a third of session.timeout.ms, %s (%s)", heartbeat.V, session.V, session.Origin),
			"lower it: one lost heartbeat must not cost the membership")
	}
}

// milliseconds reads a client property; false where its text is no number, which
// the client itself reports.
func milliseconds(s spec.Settings, name string, builtin time.Duration) (spec.Value[time.Duration], bool) {
	v, ok := s.Properties[name]
	if !ok {
		return spec.Set(builtin, spec.DefaultOrigin), true
	}
	ms, err := strconv.ParseInt(v.V, 10, 32)
	return spec.Set(time.Duration(ms)*time.Millisecond, v.Origin), err == nil
}
