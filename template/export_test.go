package template

import "time"

// NewWith is New over a fake client.
var NewWith = newTemplate

// A Clock is the one that sends read.
type Clock struct{ clock }

func (c *Clock) Now() time.Time { return c.now() }
