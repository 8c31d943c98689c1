package ackmode

// A Marker says who marks a record as done.
type Marker uint8

const (
	// ByContainer marks a record when its handler has returned nil, or when
	// an error handler has settled it.
	ByContainer Marker = iota + 1
	// ByHandler marks a record when the handler calls Acknowledge, from any
	// goroutine, during or after the call.
	ByHandler
)

// A Trigger says when marks become due for a commit. Triggers combine.
type Trigger uint8

const (
	// EachMark makes the watermark due whenever it moves.
	EachMark Trigger = 1 << iota
	// ChunkEnd makes it due when it passes a chunk's end, and when the
	// partition falls silent or begins to wait.
	ChunkEnd
	// Elapsed makes it due ack-time after the last commit.
	Elapsed
	// Counted makes it due at ack-count settled records; what is left over
	// follows after a second of silence.
	Counted
)

// Has reports whether t includes u.
func (t Trigger) Has(u Trigger) bool { return t&u != 0 }

// A Row is the whole meaning of one mode.
type Row struct {
	Name  string  // canonical spelling
	By    Marker  // who marks
	When  Trigger // when marks are due
	Await bool    // the default of `commit`: the next record waits for the commit
	Doc   Doc     // the row of the documentation's table
}

// Doc is what the documentation's table says of a mode.
type Doc struct {
	Marks string // who marks a record, in words
	Due   string // when a commit is due
	Redo  string // what a kill -9 redoes at most, per partition
}

var table = map[Mode]Row{
	Record: {
		Name: "RECORD", By: ByContainer, When: EachMark, Await: true,
		Doc: Doc{"the container, when a record is settled", "at every mark", "1 record (pipelined: what ran during one commit)"},
	},
	Batch: {
		Name: "BATCH", By: ByContainer, When: ChunkEnd,
		Doc: Doc{"the container", "when a chunk is done, and when its partition falls silent or begins to wait", "2 chunks, or what was settled in the last 25 ms, and the running"},
	},
	Time: {
		Name: "TIME", By: ByContainer, When: Elapsed,
		Doc: Doc{"the container", "`ack-time` (5 s) after the last commit", "what was settled in `ack-time`, and the running"},
	},
	Count: {
		Name: "COUNT", By: ByContainer, When: Counted,
		Doc: Doc{"the container", "at `ack-count` (1) settled records; the leftover after 1 s of silence", "`ack-count`, and the running"},
	},
	CountTime: {
		Name: "COUNT_TIME", By: ByContainer, When: Counted | Elapsed,
		Doc: Doc{"the container", "`ack-count` or `ack-time`, whichever comes first", "the smaller of the two"},
	},
	Manual: {
		Name: "MANUAL", By: ByHandler, When: ChunkEnd,
		Doc: Doc{"the handler, from any goroutine", "as BATCH; acks that come after their chunk's end, within 1 s (or `ack-time`)", "2 chunks, or what was settled in the last 25 ms, and the running"},
	},
	ManualImmediate: {
		Name: "MANUAL_IMMEDIATE", By: ByHandler, When: EachMark, Await: true,
		Doc: Doc{"the handler, from any goroutine", "inside `Acknowledge()`, which returns the commit's result", "1 record"},
	},
}

// Row returns the meaning of m. It panics on a Mode that is none of the
// constants, which Parse and the factories never let through.
func (m Mode) Row() Row {
	row, ok := table[m]
	if !ok {
		panic("ackmode: no row for " + m.String())
	}
	return row
}

// Valid reports whether m is one of the constants.
func (m Mode) Valid() bool { _, ok := table[m]; return ok }

// All returns every mode, in the order of the constants.
func All() []Mode {
	modes := make([]Mode, 0, len(table))
	for m := Record; m <= ManualImmediate; m++ {
		modes = append(modes, m)
	}
	return modes
}

func names() []string {
	var out []string
	for _, m := range All() {
		out = append(out, m.String())
	}
	return out
}
