package main

import (
	"context"
	"fmt"
	"io"
)

// A Cache is in each process, and all of them hear what is out of date.
type Cache struct{ out io.Writer }

// OnChange has the group <group-id>-<uuid>, which a clean stop deletes.
//
//kafka:listener id=changes topics=${app.topic:changes} group-id=${app.group:cache} broadcast=true
func (c *Cache) OnChange(_ context.Context, key string) error {
	_, err := fmt.Fprintf(c.out, "%s is out of date\n", key)
	return err
}
