package ledger_test

import "fmt"

// An emptiness holds a book to what Load says of being empty: it has nothing then, and
// stays so until the next Track.
type emptiness struct{ was bool }

type loaded interface {
	Load() (full bool, queued int, empty bool)
	Held() (records, bytes int)
}

// tracked is called before the book tracks something, and for a new book.
func (e *emptiness) tracked() { e.was = false }

// wrong says what is wrong, "" for nothing.
func (e *emptiness) wrong(p loaded) string {
	full, queued, empty := p.Load()
	records, bytes := p.Held()
	was := e.was
	e.was = empty
	switch {
	case empty && (full || queued+records+bytes > 0):
		return fmt.Sprintf("empty, and full %t, %d queued, %d held, %d bytes", full, queued, records, bytes)
	case was && !empty:
		return fmt.Sprintf("not empty any more: full %t, %d queued, %d held", full, queued, records)
	}
	return ""
}
