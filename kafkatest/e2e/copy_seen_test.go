package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// decided waits until no transaction is open: the last one's marker may come
// later than its answer, and what a killed process has left open ends by its timeout.
func (r *copyRun) decided() {
	r.t.Helper()
	admin := kadm.NewClient(r.b.Client())
	eventually(r.t, "no transaction is open", func() (bool, string) {
		stable, err := admin.ListCommittedOffsets(context.Background(), r.out)
		ends, errEnds := admin.ListEndOffsets(context.Background(), r.out)
		if err = errors.Join(err, errEnds, stable.Error(), ends.Error()); err != nil {
			return false, err.Error()
		}
		open := ""
		ends.Each(func(end kadm.ListedOffset) {
			if at, _ := stable.Lookup(r.out, end.Partition); at.Offset != end.Offset {
				open += fmt.Sprintf("[%d] is decided up to %d of %d ", end.Partition, at.Offset, end.Offset)
			}
		})
		return open == "", open
	})
}

// written counts the records of the copy as a read-uncommitted reader does.
func (r *copyRun) written() (n int) {
	r.t.Helper()
	ends, from := r.b.LogEnds(r.out), map[int32]kgo.Offset{}
	for p, end := range ends {
		if end > 0 {
			from[p] = kgo.NewOffset().AtStart()
		} else {
			delete(ends, p)
		}
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(r.b.Brokers(), ",")...), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.out: from}))
	require.NoError(r.t, err)
	defer reader.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for len(ends) > 0 {
		fetches := reader.PollFetches(ctx)
		require.NoError(r.t, ctx.Err(), "%v are not read to their ends", ends)
		fetches.EachRecord(func(record *kgo.Record) {
			if !record.Attrs.IsControl() {
				n++
			}
			if record.Offset >= ends[record.Partition]-1 {
				delete(ends, record.Partition)
			}
		})
	}
	return n
}

// told counts what the processes have reported.
func (r *copyRun) told() string {
	text, err := os.ReadFile(r.j.Log + ".out")
	require.NoError(r.t, err)
	var counts []string
	for _, ev := range []string{"TransactionAborted", "TransactionIndeterminate", "ProducerRebuilt", "Lost", "ConsumerFailed"} {
		counts = append(counts, fmt.Sprintf("%d× %s", strings.Count(string(text), "event."+ev+" "), ev))
	}
	return strings.Join(counts, ", ")
}
