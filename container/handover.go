package container

// part ends the old ledgers of a seek, on the committer's goroutine. The gate is
// held from the fence to the answer of their last commit, so that none of it can
// land after a commit of the new ones; the loop may move meanwhile.
func (m *committer) part(job *seekJob) {
	if !m.await() {
		return
	}
	defer m.unlock()
	var l offsetList
	for i := range job.moves {
		move := &job.moves[i]
		if move.old == nil {
			continue
		}
		if last, ok := move.old.fence(); ok {
			l.add(move.old, last)
		}
		move.from = move.old.Stats().Next
	}
	ended := make([]*assignment, 0, len(job.moves))
	for _, move := range job.moves {
		if move.old != nil {
			ended = append(ended, move.old)
		}
	}
	m.c.parted <- job // has room: there is one job at a time
	m.c.nudge()
	_ = m.send(l) // an event has said it
	for _, a := range ended {
		a.conclude()
	}
}

// await takes the gate. Its holder may be a revoke or a stop that is about to
// hand over its last commit. It answers false where the consumer is over.
func (m *committer) await() bool {
	for {
		select {
		case m.gate <- struct{}{}:
			return true
		case f := <-m.finals:
			m.sendFinal(f)
		case <-m.ending:
			return false
		}
	}
}
