package event

// What became of the map of done records in a commit's metadata.
type (
	// CommitMapRestored: an earlier owner has done Done offsets above Offset, up
	// to End; they are not run again.
	CommitMapRestored struct {
		Consumer          Consumer
		Partition         Partition
		Offset, End, Done int64
		Cut               bool // more was done than the map could hold
	}
	// CommitMapRefused: the metadata of the committed offset is not believed:
	// nothing above it counts as done.
	CommitMapRefused struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Err       error
	}
	// CommitMapTooLarge: the broker refused a commit's metadata of Length
	// characters; from now on it has Limit at most, 0 for none.
	CommitMapTooLarge struct {
		Consumer      Consumer
		Partition     Partition
		Length, Limit int
	}
)

func (CommitMapRestored) event() {}
func (CommitMapRefused) event()  {}
func (CommitMapTooLarge) event() {}
