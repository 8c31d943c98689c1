package broker

import (
	"errors"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/broker/rdqueue"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// TestTheBudgetIsDivided: whatever it is, the shares together are no larger,
// and the client takes the limits.
func TestTheBudgetIsDivided(t *testing.T) {
	for _, budget := range []int{1, 7, 1000, 4096, 16384, budgetKB, 1 << 20} {
		config, err := clientConfig(Params{Reader: spec.Queues, Config: map[string]string{budgetProperty: strconv.Itoa(budget), "group.id": "g"}})
		if err != nil {
			t.Fatal(err)
		}
		shares := divide(config)
		limit, _ := strconv.Atoi(config[budgetProperty].(string))
		fetch, _ := strconv.Atoi(config[fetchSizes[0]].(string))
		if total := shares * (limit<<10 + fetch); total > budget<<10 && budget > 4 {
			t.Errorf("budget %d KB: %d shares of %d KB and %d bytes are %d", budget, shares, limit, fetch, total)
		}
		c, err := kafka.NewConsumer(&config)
		if err != nil {
			t.Fatalf("budget %d: %v", budget, err)
		}
		_ = c.Close()
	}
	config, _ := clientConfig(Params{Reader: spec.Queues, Config: map[string]string{"max.partition.fetch.bytes": "5000000"}})
	if divide(config) != 16 || config[fetchSizes[0]] != nil || config[fetchSizes[1]] != "5000000" {
		t.Errorf("a fetch size of the user's: %v", config)
	}
	config, _ = clientConfig(Params{Config: map[string]string{}})
	if config[budgetProperty] != "16384" || config["fetch.queue.backoff.ms"] != "5" {
		t.Errorf("the poll reader's defaults: %v", config)
	}
}

func TestOpenFallsBack(t *testing.T) {
	config := map[string]string{"group.id": "g", "bootstrap.servers": nowhere}
	no := errors.New("another client")
	for _, c := range []struct {
		asked, want spec.Reader
		attach      func(*kafka.Consumer) (*rdqueue.Reader, error)
		err         error
	}{
		{0, spec.Poll, rdqueue.Attach, nil},
		{spec.Poll, spec.Poll, rdqueue.Attach, nil},
		{spec.Queues, spec.Queues, rdqueue.Attach, nil},
		{spec.Queues, spec.Poll, func(*kafka.Consumer) (*rdqueue.Reader, error) { return nil, no }, no},
	} {
		was := attach
		attach = c.attach
		consumer, err := Open(Params{Config: config, Reader: c.asked})
		attach = was
		if err != nil {
			t.Fatal(err)
		}
		if got, err := consumer.Reading(); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("asked for %v: reads by %v, %v", c.asked, got, err)
		}
		if p := consumer.(*poller); (p.queues != nil) != (c.want == spec.Queues) {
			t.Errorf("asked for %v: queues %v", c.asked, p.queues)
		}
		consumer.Wake()
		if err := consumer.Close(); err != nil {
			t.Error(err)
		}
		consumer.Wake()
	}
}

// TestWakeIsNotLost: before the wait, and within it.
func TestWakeIsNotLost(t *testing.T) {
	c, err := Open(Params{Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere}, Reader: spec.Queues})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	var turn Turn
	c.Next(Limits{}, &turn)
	c.Wake()
	began := time.Now()
	c.Next(Limits{Wait: time.Minute}, &turn)
	done := make(chan struct{})
	go func() {
		for !c.(*poller).queues.waiting.Load() {
			runtime.Gosched()
		}
		close(done) // before the Wake that ends the turn
		c.Wake()
	}()
	for over := false; !over; { // an error of the client ends a turn, too, maybe before it has waited
		c.Next(Limits{Wait: time.Minute}, &turn)
		select {
		case <-done:
			over = true
		default:
		}
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("a Wake was lost: %v", d)
	}
}

func TestUnseen(t *testing.T) {
	stamp := time.UnixMilli(1000)
	recs := func(from, to int64) (out []listener.RawRecord) {
		for o := from; o < to; o++ {
			out = append(out, listener.RawRecord{Offset: o, Timestamp: stamp, LeaderEpoch: 1})
		}
		return out
	}
	for name, c := range map[string]struct {
		doubt bool
		next  []listener.RawRecord
		want  int // of next
	}{
		"in order":                       {true, recs(10, 20), 10},
		"in order with a gap":            {true, recs(15, 20), 5},
		"the batch again":                {true, recs(5, 20), 10},
		"only the last again":            {true, recs(9, 10), 0},
		"again without a rebalance":      {false, recs(5, 20), 15}, // the log was made again
		"the batch's beginning again":    {true, recs(0, 5), 0},
		"another log, too short to tell": {true, []listener.RawRecord{{Offset: 0, Timestamp: stamp, LeaderEpoch: 1, Value: []byte("other")}, {Offset: 1}}, 2},
		"another log, by time":           {true, []listener.RawRecord{{Offset: 9, Timestamp: stamp.Add(1), LeaderEpoch: 1}, {Offset: 10}}, 2},
		"another log, by value":          {true, []listener.RawRecord{{Offset: 9, Timestamp: stamp, LeaderEpoch: 1, Value: []byte("other")}, {Offset: 10}}, 2},
		"another log, by leader":         {true, []listener.RawRecord{{Offset: 9, Timestamp: stamp, LeaderEpoch: 2}, {Offset: 10}}, 2},
		"nothing":                        {true, nil, 0},
	} {
		at := &part{}
		at.unseen(recs(0, 10), 0)
		at.doubt = c.doubt
		got := at.unseen(c.next, 0)
		if len(got) != c.want || c.want > 0 && got[len(got)-1].Offset != c.next[len(c.next)-1].Offset {
			t.Errorf("%s: %d records, want %d", name, len(got), c.want)
		}
		end := int64(9)
		if c.want > 0 {
			end = c.next[len(c.next)-1].Offset
		}
		if len(c.next) > 0 && (at.doubt || at.last.offset != end) {
			t.Errorf("%s: doubt %v, last %d", name, at.doubt, at.last.offset)
		}
	}
}

// TestUnseenBehindWhatWasLeftOver: the batch that comes again may have been handed
// out in part only when the rebalance came. What is left of it comes first, and
// decides nothing.
func TestUnseenBehindWhatWasLeftOver(t *testing.T) {
	stamp := time.UnixMilli(1000)
	recs := func(from, to int64) (out []listener.RawRecord) {
		for o := from; o < to; o++ {
			out = append(out, listener.RawRecord{Offset: o, Timestamp: stamp, LeaderEpoch: 1})
		}
		return out
	}
	offsets := func(recs []listener.RawRecord) (out []int64) {
		for _, r := range recs {
			out = append(out, r.Offset)
		}
		return out
	}
	for name, c := range map[string]struct {
		chunks [][]listener.RawRecord // the first old of each were popped before the rebalance
		old    []int
		want   []int64
	}{
		"in a chunk of its own": {[][]listener.RawRecord{recs(6, 10), recs(0, 12)}, []int{4, 0}, []int64{6, 7, 8, 9, 10, 11}},
		"before what is new":    {[][]listener.RawRecord{append(recs(6, 10), recs(0, 12)...)}, []int{4}, []int64{6, 7, 8, 9, 10, 11}},
		"and nothing again":     {[][]listener.RawRecord{append(recs(6, 10), recs(10, 12)...)}, []int{4}, []int64{6, 7, 8, 9, 10, 11}},
	} {
		at := &part{}
		at.unseen(recs(0, 6), 0)
		at.doubt = true
		var got []int64
		for i, chunk := range c.chunks {
			got = append(got, offsets(at.unseen(chunk, c.old[i]))...)
		}
		if !slices.Equal(got, c.want) || at.doubt {
			t.Errorf("%s: %v, want %v; doubt %v", name, got, c.want, at.doubt)
		}
	}
}

// TestTheSharedQueueHasItsTurn: when a turn has no room for all, the partitions
// that share a queue come first some time, as each of the others does.
func TestTheSharedQueueHasItsTurn(t *testing.T) {
	c, err := Open(Params{Config: map[string]string{"group.id": "g", "bootstrap.servers": nowhere}, Reader: spec.Queues})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	p := c.(*poller)
	q := p.queues
	for id := range int32(q.room) + 3 {
		at := &part{Partition: Partition{"orders", id}}
		p.split(at)
		defer p.unsplit(at)
	}
	first := map[*part]int{}
	for q.first = range 2 * (q.room + 1) {
		q.candidates()
		if len(q.parts) != q.room+1 {
			t.Fatalf("%d queues for %d partitions", len(q.parts), q.room+3)
		}
		first[q.parts[0]]++
	}
	for _, at := range append([]*part{nil}, q.order...) {
		if first[at] != 2 {
			t.Errorf("%v comes first %d times, want 2", at, first[at])
		}
	}
}

// TestUnseenAcrossChunks: the batch that comes again is as long as a chunk may be
// by its records, and is cut into smaller ones by its bytes.
func TestUnseenAcrossChunks(t *testing.T) {
	stamp := time.UnixMilli(1000)
	recs := func(epoch int32, from, to int64) (out []listener.RawRecord) {
		for o := from; o < to; o++ {
			out = append(out, listener.RawRecord{Offset: o, Timestamp: stamp, LeaderEpoch: epoch})
		}
		return out
	}
	type chunk struct {
		recs  []listener.RawRecord
		old   int
		doubt bool // a rebalance came before
	}
	for name, c := range map[string]struct {
		chunks []chunk
		want   []int64 // after the first batch, [10, 20)
	}{
		"in chunks":                 {[]chunk{{recs(1, 10, 13), 0, true}, {recs(1, 13, 16), 3, false}, {recs(1, 16, 20), 4, false}, {recs(1, 20, 22), 0, false}}, []int64{20, 21}},
		"popped in parts":           {[]chunk{{recs(1, 10, 15), 0, true}, {recs(1, 15, 19), 0, false}, {recs(1, 19, 22), 0, false}}, []int64{20, 21}},
		"its end is gone":           {[]chunk{{recs(1, 10, 15), 0, true}, {recs(1, 21, 23), 0, false}}, []int64{21, 22}},
		"and again":                 {[]chunk{{recs(1, 10, 15), 0, true}, {recs(1, 10, 14), 0, true}, {recs(1, 14, 21), 0, false}}, []int64{20}},
		"and a rebalance":           {[]chunk{{recs(1, 10, 15), 0, true}, {recs(1, 15, 18), 3, true}, {recs(1, 18, 21), 0, false}}, []int64{20}},
		"cut and written anew":      {[]chunk{{recs(1, 10, 13), 0, true}, {recs(2, 13, 16), 3, false}, {recs(2, 16, 18), 0, false}}, []int64{13, 14, 15, 16, 17}},
		"cut within a chunk":        {[]chunk{{append(recs(1, 10, 12), recs(2, 12, 14)...), 0, true}, {recs(2, 14, 15), 0, false}}, []int64{12, 13, 14}},
		"made again meanwhile":      {[]chunk{{recs(1, 10, 13), 0, true}, {recs(0, 0, 3), 0, false}}, []int64{0, 1, 2}},
		"another log":               {[]chunk{{recs(2, 10, 13), 0, true}, {recs(2, 13, 14), 0, false}}, []int64{10, 11, 12, 13}},
		"nothing comes again":       {[]chunk{{recs(1, 20, 22), 0, true}, {recs(1, 22, 23), 1, false}}, []int64{20, 21, 22}},
		"again without a rebalance": {[]chunk{{recs(1, 10, 13), 0, false}, {recs(1, 13, 14), 1, false}}, []int64{10, 11, 12, 13}}, // the log was made again
	} {
		at := &part{}
		at.unseen(recs(1, 0, 10), 0)
		at.unseen(recs(1, 10, 14), 0)
		at.unseen(recs(1, 14, 20), 6) // by bytes, the batch was two chunks
		var got []int64
		for _, k := range c.chunks {
			at.doubt = at.doubt || k.doubt
			for _, r := range at.unseen(k.recs, k.old) {
				got = append(got, r.Offset)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
