package factory

import (
	"fmt"
	"slices"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// maxPollBytes bounds what one turn hands over of one partition.
const maxPollBytes = 1 << 20

// resolve puts the layers of one listener over each other and checks the
// result, which is only of use where no fault was found.
//
// Settings are 3 KB, and a program may have hundreds of listeners: where configuration says
// nothing of one, code, set and full are all that is made.
func (r *resolver) resolve(l listener.Listener, code *spec.Settings, subject string) *candidate {
	own := r.expand(code, subject)
	above := []*spec.Settings{code}
	if r.cfg.SetsListener(l.ID()) {
		said, _ := r.cfg.Listener(l.ID()) // of the environment alone, too
		above = append(above, &said)
		own = new(spec.Merge(above...))
	}
	layers := r.recipeOf(own.Factory, subject)
	known := layers != nil
	layers = slices.Concat(layers, above)
	var notes []string
	if known {
		layers, notes = r.onCluster(layers, subject)
	}
	set, more := stack(layers)
	r.deadLettersOf(set, own, subject)
	r.commonRetries(set)
	notes = slices.Concat(notes, more, strayPassword(layers))
	made := &candidate{l: l, subject: subject, notes: notes, tuning: &r.tuning, senders: r.senders}
	complete(&made.s, set, l)
	r.check(made, set, own, known)
	made.handler, made.filters = r.bind(l, &made.s, subject), r.bindFilters(&made.s, subject)
	r.done[l.ID()] = made
	return made
}

// check reports what is wrong with c, and adds to its settings what follows from
// others. set is what somebody wrote, own what stands at the listener
// itself; without a known factory the ack mode is not known.
func (r *resolver) check(c *candidate, set, own *spec.Settings, known bool) {
	full, subject := &c.s, c.subject
	note := func(more ...string) { c.notes = append(c.notes, more...) }
	var more []string
	r.checkValues(*set, subject)
	c.parts, more = r.subscribe(full, subject)
	note(more...)
	note(r.checkProperties(*set, subject)...)
	if known {
		r.checkMode(full, set, subject)
		r.checkShape(c.l, *full, subject)
		r.checkBatches(c.l, full, set, subject)
		note(r.checkOrdering(c.l, *full, *set, subject)...)
		note(r.checkTransactional(full, set, full.Partitions.IsSet(), subject)...)
	}
	note(r.broadcast(full, own, subject)...)
	c.letters, more = r.letters(full, set, c.parts, subject)
	note(more...)
	note(failureNotes(set, full)...)
	note(r.checkGroup(*full, subject)...)
	note(r.checkStatic(*full)...)
	note(r.checkSecurity(*full, subject)...)
	addClientDefaults(full)
}

// complete makes full of set, with what no layer has said.
func complete(full, set *spec.Settings, l listener.Listener) {
	*full = spec.WithDefaults(*set)
	if !full.GroupID.IsSet() {
		full.GroupID = spec.Set(l.ID(), spec.DefaultOrigin)
	}
	if !full.ErrorHandler.IsSet() {
		full.ErrorHandler = spec.Set[any](defaultHandler(full), spec.DefaultOrigin)
	}
}

// build makes out of c: settings, in the engine's terms.
func build(out *container.Spec, c *candidate) {
	l, s := c.l, &c.s // one copy for all that is kept of it
	notes := slices.Concat(c.notes, ackTimeNote(*s))
	client, err := spec.ResolveSecrets(clientConfig(*s, l.ID()))
	if err != nil {
		client = clientConfig(*s, l.ID()) // a file that was there a moment ago, when it was checked
	}
	handle, _ := s.ErrorHandler.V.(errorhandler.Handler)
	rebalance, _ := s.Rebalance.V.(listener.RebalanceListener)
	sender, _ := s.Sender.V.(listener.Sender)
	*out = container.Spec{
		ID:              l.ID(),
		Group:           s.GroupID.V,
		Factory:         s.Factory.V,
		Where:           l.Where(),
		Topics:          s.Topics.V,
		Text:            text(l, s, notes),
		Notes:           notes,
		Shape:           l.Shape(),
		Handler:         c.handler,
		Lends:           l.Lends() && len(s.Middleware) == 0,
		Filters:         c.filters,
		ErrorHandler:    handle,
		AckMode:         s.AckMode.V,
		AckTime:         s.AckTime.V,
		AckCount:        max(1, s.AckCount.V),
		Await:           s.Commit.V == spec.Awaited,
		Cumulative:      s.AckScope.V == spec.ScopeCumulative,
		Unacked:         s.Unacked.V,
		AsyncAcks:       s.AsyncAcks.V,
		Concurrency:     s.Concurrency.V,
		Workers:         s.Workers.V,
		Ordering:        s.Ordering.V,
		NullQueue:       s.NullKey.V == spec.NullQueue,
		CommitMap:       commitMap(*s),
		Window:          s.Window.V,
		InFlightRecords: s.InFlightRecords.V,
		InFlightBytes:   int(s.InFlightSize.V),
		BatchSize:       batchSize(*s),
		BatchLinger:     s.BatchLinger.V,
		MaxPollRecords:  s.MaxPollRecords.V,
		MaxPollBytes:    maxPollBytes,
		MaxPollInterval: s.MaxPollInterval.V,
		HandlerTimeout:  s.HandlerTimeout.V,
		OnHang:          s.OnHang.V,
		RevokeTimeout:   s.RevokeTimeout.V,
		ShutdownTimeout: s.ShutdownTimeout.V,
		Reset:           s.AutoOffsetReset.V,
		AutoStartup:     s.AutoStartup.V,
		Partitions:      c.parts,
		Rebalance:       rebalance,
		Sender:          sender,
		Start:           s.Start.V,
		OnFatal:         s.OnFatal.V,
		AuthRetry:       s.AuthRetry.V,
		IdleInterval:    s.IdleInterval.V,
		PartitionIdle:   s.PartitionIdle.V,
		Client:          client,
		Tx:              transactional(*c.tuning, *s, l.ID()),
		Clash:           clasher(s, l.ID(), groupAssignor),
		Open:            opener(s, l.ID()),
	}
	out.OrderKey, _ = s.OrderKey.V.(listener.OrderKey)
	if s.Broadcast.V {
		out.DeleteGroup = groupDeleter(s, l.ID())
	}
	withLetters(out, c)
}

// commitMap is how many characters the commit map may have, 0 for none.
func commitMap(s spec.Settings) int {
	if s.CommitMap.V {
		return s.CommitMapSize.V
	}
	return 0
}

func ackTimeNote(s spec.Settings) []string {
	if s.AckMode.V.Valid() && s.AckTime.IsSet() && s.AckMode.V.Row().When.Has(ackmode.ChunkEnd) {
		return []string{fmt.Sprintf("ack-time %s is the longest that an acknowledged record stays uncommitted", s.AckTime.V)}
	}
	return nil
}

// text prints the effective settings; notes stand above them.
func text(l listener.Listener, s *spec.Settings, notes []string) string {
	head := fmt.Sprintf("# listener %s (%s): %s of %s\n", l.ID(), l.Where(), l.Shape(), l.Types())
	for _, n := range notes {
		head += "# " + n + "\n"
	}
	return spec.RenderBelow(head, s)
}
