package main

import "fmt"

// The colours.
const (
	grey   = "90"
	green  = "32"
	yellow = "33"
	blue   = "34"
	purple = "35"
	bold   = "1"
)

var listenerColours = map[string]string{"orders": green, "refunds": purple, "audit": blue}

// paint puts text into a colour, where there are colours.
func (s *Screen) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (s *Screen) print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Where the terminal is gone, there is nobody to tell.
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

// Welcome says where the broker is.
func (s *Screen) Welcome(c *Cluster) {
	kind := "your Kafka"
	if c.embedded != nil {
		kind = "an embedded broker (BROKERS=host:port takes yours)"
	}
	s.print("%s  %s at %s. Ctrl-C ends.", s.paint(bold, "hearken"), kind, c.Brokers())
	s.print("%s", s.paint(grey, row("listener", "topic[partition]", "offset", "attempt", pad("answer"), "what")))
}

// record prints one line for a record or a batch.
func (s *Screen) record(listener string, p Place, offsets, answer, text string) {
	attempt := fmt.Sprintf("%-7s", fmt.Sprintf("#%d", p.Attempt))
	if p.Attempt > 1 {
		attempt = s.paint(yellow, attempt)
	}
	s.print("%s", row(s.name(listener), partitionName(p.Topic, p.Partition), "@"+offsets, attempt, answer, text))
}

// row lays the columns out. Those that may be coloured come padded.
func row(listener, partition, offset, attempt, answer, text string) string {
	return fmt.Sprintf("%s  %-16s  %8s  %s  %s  %s", listener, partition, offset, attempt, answer, text)
}

func (s *Screen) name(listener string) string {
	return s.paint(listenerColours[listener], fmt.Sprintf("%-8s", listener))
}

func partitionName(topic string, partition int32) string {
	return fmt.Sprintf("%s[%d]", topic, partition)
}

// pad is for the column of answers.
func pad(answer string) string { return fmt.Sprintf("%-13s", answer) }

// Summary prints the tally.
func (s *Screen) Summary() {
	s.mu.Lock()
	t := s.tally
	line := fmt.Sprintf("-- sent %d orders, %d refunds | done: orders %d, refunds %d (%d nacks), audit %d | %d commits --",
		t.sent[ordersTopic], t.sent[refundsTopic], t.done["orders"], t.done["refunds"], t.nacks, t.done["audit"], t.commits)
	s.mu.Unlock()
	s.print("%s", s.paint(bold, line))
}

// Farewell prints the last summary and what each group has committed, as the
// broker says it.
func (s *Screen) Farewell(c *Cluster) error {
	s.Summary()
	s.print("The listeners are drained. The broker has these committed offsets:")
	for _, group := range []struct {
		id     string
		topics []string
	}{{"orders", []string{ordersTopic}}, {"refunds", []string{refundsTopic}}, {"audit", c.topics}} {
		positions, err := c.Positions(group.id, group.topics...)
		if err != nil {
			return fmt.Errorf("committed offsets of group %s: %w", group.id, err)
		}
		for _, p := range positions {
			if p.End > 0 {
				s.position(group.id, p)
			}
		}
	}
	return nil
}

func (s *Screen) position(group string, p Position) {
	committed, verdict := max(p.Committed, 0), s.paint(green, "all done")
	if left := p.End - committed; left > 0 {
		verdict = s.paint(yellow, fmt.Sprintf("%d left for the next start", left))
	}
	s.print("%s  %-16s  %8s  of %-5d  %s",
		s.name(group), partitionName(p.Topic, p.Partition), fmt.Sprintf("@%d", committed), p.End, verdict)
}

func euro(cents int) string { return fmt.Sprintf("%d.%02d EUR", cents/100, cents%100) }
