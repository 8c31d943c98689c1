// Package admin looks at a cluster and changes it: topics, and the offsets of
// groups that are stopped.
//
//	a, err := admin.New(cfg)
//	…
//	defer a.Close()
//	err = a.CreateTopics(ctx, admin.NewTopic("orders", admin.Partitions(6), admin.Replicas(3)))
//
// Topics that an application needs are better declared, by app.Topic or below
// kafka.topics: they are there before its listeners start.
//
// Compare errors with errors.Is and those of this package; errors.As finds *Error.
package admin
