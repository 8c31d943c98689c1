package container

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// Start opens the consumers. What else it waits for is the listener's `start`:
//
//   - background: nothing. A broker or a topic that is missing shows in Health.
//   - wait d: every consumer's first assignment, an empty one included. After d
//     it returns nil all the same; NotAssigned says what is waited for.
//   - fail d: a broker that answers and topics (explicit partitions) that are
//     there and may be seen. After d it returns a *StartError, and nothing runs.
//
// It ends a second before ctx's deadline at the latest, to say what is
// missing. When ctx is cancelled nothing runs afterwards. A client that can't be
// made at all (a wrong property) is an error under every policy, and so is a
// fatal end while it waits. A listener that runs answers ErrRunning; one that
// has failed can be started again.
func (k *Container) Start(ctx context.Context) error {
	if k.spec.Shape.Replies && k.spec.Sender == nil {
		return &spec.Fault{
			Kind: spec.ErrContradiction, Subject: fmt.Sprintf("listener %q (%s)", k.spec.ID, k.spec.Where),
			Problem: "its handler replies, and it has nothing to send by",
			Fix:     "give it a template: factory.Sender(t), on the listener or its factory; in package app, declare it with app.OnRequest, which takes the *template.Template that is provided",
		}
	}
	l, err := k.begin(ctx)
	var members []*member
	if err == nil {
		members, err = k.launch(ctx, l)
	}
	if err == nil && k.spec.Start.Kind == spec.StartWait {
		err = k.firstAssignments(ctx, l, members)
	}
	if err != nil {
		return fmt.Errorf("listener %s: %w", k.spec.ID, err)
	}
	return nil
}

// begin opens a new life.
func (k *Container) begin(ctx context.Context) (*life, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.removed:
		return nil, ErrRemoved
	case k.state != Stopped && k.state != Failed:
		return nil, ErrRunning
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	k.shared.pauses.clear()
	k.shared.places.clear()
	k.life, k.state = newLife(), Starting
	k.members, k.err, k.left = nil, nil, nil
	k.shared.idle.begin(k.life.began)
	return k.life, nil
}

// launch opens the clients, asks for what the policy wants, and lets the members run.
func (k *Container) launch(ctx context.Context, l *life) ([]*member, error) {
	if err := k.claim(); err != nil {
		return nil, k.abort(l, false, err)
	}
	n := k.requested()
	members, clients, err := k.openAll(n)
	if err != nil {
		return nil, k.abort(l, false, err)
	}
	k.shared.emit.emit(event.ListenerStarting{
		Listener: k.spec.ID, Group: k.spec.Group, Factory: k.spec.Factory, AckMode: k.spec.AckMode.String(),
		Topics: k.spec.Topics, Concurrency: n, Workers: k.spec.Workers, Settings: k.spec.Text,
	})
	k.noteHealth()
	if k.spec.Start.Kind == spec.StartFail {
		if err := k.demand(ctx, l, clients[0]); err != nil {
			return nil, k.abort(l, true, errors.Join(err, closeAll(clients)))
		}
	}
	k.mu.Lock()
	if k.state != Starting { // it was stopped meanwhile
		k.mu.Unlock()
		return nil, k.abort(l, true, errors.Join(errStoppedMeanwhile, closeAll(clients)))
	}
	k.state, k.members, l.alive = Running, members, n
	k.accompany(l)
	for i, m := range members {
		go m.run(clients[i])
	}
	k.fill() // it may have been resized meanwhile
	k.mu.Unlock()
	k.noteHealth()
	return members, nil
}

func (k *Container) openAll(n int) ([]*member, []broker.Consumer, error) {
	members := make([]*member, n)
	clients := make([]broker.Consumer, n)
	for i := range members {
		members[i] = newMember(k, i)
		client, err := members[i].open()
		if err != nil {
			return nil, nil, errors.Join(err, closeAll(clients))
		}
		clients[i] = client
	}
	return members, clients, nil
}

// within is how long a start policy may wait: its own time, but not up to
// ctx's deadline.
func within(ctx context.Context, d time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, max(time.Until(deadline)-time.Second, 0))
	}
	return d
}

// firstAssignments waits until every member was assigned something, or nothing.
func (k *Container) firstAssignments(ctx context.Context, l *life, members []*member) error {
	timer := time.NewTimer(within(ctx, k.spec.Start.Within))
	defer timer.Stop()
	for _, m := range members {
		select {
		case <-m.assigned:
		case <-m.done:
			if err := k.endedWhileStarting(l); err != nil {
				return err
			}
		case <-timer.C:
			sayWhat(members)
			return nil
		case <-ctx.Done():
			return errors.Join(ctx.Err(), k.Stop(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

// sayWhat has those that were assigned nothing say at once what they wait for.
func sayWhat(members []*member) {
	for _, m := range members {
		select {
		case <-m.assigned:
		default:
			m.impatient.Store(true)
		}
	}
}

// endedWhileStarting says why a member ended while its start was waited for;
// nil for one that a resize has taken away.
func (k *Container) endedWhileStarting(l *life) error {
	k.mu.Lock()
	err, running := k.err, k.state == Running
	k.mu.Unlock()
	switch {
	case running:
		return nil
	case err == nil:
		return errStoppedMeanwhile
	default:
		<-l.done
		return err
	}
}

const (
	askTimeout = 2 * time.Second // of one question about topics
	askPause   = 100 * time.Millisecond
)

// demand asks for broker and topics until they are there, or the time is over.
func (k *Container) demand(ctx context.Context, l *life, client broker.Consumer) error {
	d := within(ctx, k.spec.Start.Within)
	deadline := time.Now().Add(d)
	var heard clientWords
	for {
		topics, err := client.Topics(k.spec.literalTopics(), min(askTimeout, max(time.Until(deadline), askPause)))
		missing := k.spec.lacks(topics, err)
		if missing == nil {
			return nil
		}
		heard.listen(client)
		fault := &StartError{Listener: k.spec.ID, Within: d, lack: heard.explain(*missing)}
		select {
		case <-l.asked:
			return errStoppedMeanwhile
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fault)
		default:
		}
		if !time.Now().Before(deadline) {
			return fault
		}
	}
}

// clientWords are what the client said last while nobody answered: why a
// broker can't be reached is in its events, not in its answers.
type clientWords struct{ refused, other error }

// listen polls for askPause.
func (w *clientWords) listen(client broker.Consumer) {
	var turn broker.Turn
	client.Next(broker.Limits{Wait: askPause}, &turn)
	for _, err := range turn.Errors {
		switch {
		case isNotAllowed(err):
			w.refused = err
		case !isAllDown(err):
			w.other = err
		}
	}
}

// explain puts the client's words to a broker that does not answer.
func (w *clientWords) explain(l lack) lack {
	switch {
	case !errors.Is(l.kind, ErrNoBroker):
	case w.refused != nil:
		return lack{kind: ErrNotAllowed, what: "the broker refuses the client", err: w.refused}
	case w.other != nil:
		l.err = w.other
	}
	return l
}
