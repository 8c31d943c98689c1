package factory

import (
	"context"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// groupAssignor asks a cluster which assignor the members of a group use, ""
// where there are none. In the middle of a rebalance the group itself does not
// know: it is asked again until ctx ends.
func groupAssignor(ctx context.Context, client map[string]string, group string) (string, error) {
	admin, err := broker.OpenAdmin(client, nil)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	for {
		g, err := admin.Group(ctx, group)
		if err != nil || !g.Exists || len(g.Members) == 0 || g.Assignor != "" {
			return g.Assignor, err
		}
		timer := time.NewTimer(200 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return "", fmt.Errorf("it was rebalancing all the time: %w", ctx.Err())
		}
	}
}

// deleteGroup deletes a group that has no members.
func deleteGroup(ctx context.Context, client map[string]string, group string) error {
	admin, err := broker.OpenAdmin(client, nil)
	if err != nil {
		return err
	}
	defer admin.Close()
	return admin.DeleteGroup(ctx, group)
}
