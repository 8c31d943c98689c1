package main

import (
	"context"
	"fmt"
	"io"

	"github.com/hearken-go/hearken/listener"
)

// Prices are kept once for each host.
type Prices struct{ out io.Writer }

// OnPrice takes the key as the article, and the value as its price.
//
//kafka:listener id=prices topics=${app.topic:prices} group-id=${app.group:prices}-${hostname}
func (p *Prices) OnPrice(_ context.Context, r listener.Record[int]) error {
	_, err := fmt.Fprintf(p.out, "%s costs %d\n", r.Key, r.Value)
	return err
}
