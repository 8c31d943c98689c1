package config

import (
	"strconv"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// checkProducers reports producers on a cluster that there is not. Those of
// listeners are reported where their layers meet.
func (c *Config) checkProducers() {
	var names []string
	for _, e := range c.Clusters() {
		names = append(names, e.Name)
	}
	for place, p := range c.own.producers {
		if _, ok := c.Cluster(p.Cluster.V); ok || !p.Cluster.IsSet() {
			continue
		}
		path := strings.ReplaceAll("kafka."+strings.ReplaceAll(place, delim, "."), envMark, "")
		c.faults.Add(&Fault{
			Kind: ErrInvalidSetting, Key: path + ".cluster", Origin: p.Cluster.Origin,
			Problem: "there is no cluster " + strconv.Quote(spec.PrintProperty("", p.Cluster)),
			Fix:     spec.DidYouMean(p.Cluster.V, names, "add it below kafka.clusters"),
		})
	}
}
