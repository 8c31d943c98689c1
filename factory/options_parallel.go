package factory

import (
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Ordering says which records of a partition wait for each other. With
// OrderedByKey and Unordered, Workers is how many of one partition run at once.
// Batch listeners take OrderedByPartition only, the default.
func Ordering(o spec.Ordering) Option {
	return with("ordering", o, func(s *spec.Settings) *spec.Value[spec.Ordering] { return &s.Ordering })
}

// OrderBy tells the key that a record is ordered by under OrderedByKey, where it
// is not the record's own. It runs on its way from the client to the workers: it
// has to be quick, to wait for nothing, and to answer the same each time; while it
// does not come back, its partition waits. It is called for several partitions at once.
func OrderBy(key listener.OrderKey) Option {
	v := spec.Set[any](key, spec.Code(0))
	return spec.ForFactory("order-key=listener.OrderKey", func(s *spec.Settings) { s.OrderKey = v })
}

// NullKey says how records without a key are ordered under OrderedByKey.
// Defaults to NullUnordered.
func NullKey(n spec.NullKey) Option {
	return with("null-key", n, func(s *spec.Settings) *spec.Value[spec.NullKey] { return &s.NullKey })
}

// CommitMap lets what is done above the committed offset travel in the commit's
// metadata, so that a restart does not run it again. Defaults to true under
// OrderedByKey and Unordered, else to false; transactional listeners take none.
func CommitMap(on bool) Option {
	return with("commit-map", on, func(s *spec.Settings) *spec.Value[bool] { return &s.CommitMap })
}

// CommitMapSize is how many characters the commit map may have. More than the
// brokers' offset.metadata.max.bytes is of no use. Defaults to 4096.
func CommitMapSize(characters int) Option {
	return with("commit-map-size", characters, func(s *spec.Settings) *spec.Value[int] { return &s.CommitMapSize })
}

// Window is how many records of one partition may wait in memory; with
// OrderedByKey and Unordered it counts those that run, failed, or are done above
// an unfinished one, too. Defaults to 20 times MaxPollRecords; with those
// orderings to 10 000 at least.
func Window(records int) Option {
	return with("window", records, func(s *spec.Settings) *spec.Value[int] { return &s.Window })
}

// InFlightRecords is how many records a container may hold in memory over all
// its partitions, each of its consumers an equal share. One chunk per partition
// is always allowed. Defaults to 1 000 000.
func InFlightRecords(n int) Option {
	return with("in-flight-records", n, func(s *spec.Settings) *spec.Value[int] { return &s.InFlightRecords })
}

// InFlightSize is InFlightRecords in bytes of their keys and values. Defaults to 64 MiB.
func InFlightSize(bytes int64) Option {
	return with("in-flight-size", bytes, func(s *spec.Settings) *spec.Value[int64] { return &s.InFlightSize })
}
