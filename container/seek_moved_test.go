package container

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// Between two consumers of a process both are asked about a partition; the simulation met it
// (seed 3146627917608499610, one run in a hundred): the seek had happened, and said that it had not.
func TestASeekThatOneConsumerHasDoneIsDone(t *testing.T) {
	late := errors.New("no answer")
	require.NoError(t, movedOnce(ErrNotAssigned, nil))
	require.NoError(t, movedOnce(nil))
	require.ErrorIs(t, movedOnce(ErrNotAssigned), ErrNotAssigned)
	require.ErrorIs(t, movedOnce(ErrNotAssigned, late), late)
}
