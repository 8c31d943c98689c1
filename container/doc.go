// Package container is the engine: it runs one listener with a number of
// consumers in one group.
//
// Read loop.go first, then follow a record: loop.go (chunks from the client) →
// internal/ledger (book of delivered records) → worker.go → deliver.go (the
// handler) → settle.go (every outcome becomes one verdict) → internal/ledger
// (watermark) → policy.go (is a commit due?) → committer.go. The one way back
// is rebalance.go, which the client calls inside its poll.
package container
