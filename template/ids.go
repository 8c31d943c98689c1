package template

import (
	"fmt"
	"sync"
)

// A claim is a prefix with its instance, on one cluster, that a live template has.
type claim string

var claims = struct {
	sync.Mutex
	of map[claim]string // the template's name
}{of: map[claim]string{}}

// claimID refuses a second live template with the ids of o: they would fence each other.
func claimID(o Options) (claim, error) {
	id := o.TransactionIDPrefix + "-" + o.Instance
	c := claim(o.BootstrapServers + " " + id)
	claims.Lock()
	defer claims.Unlock()
	if other, taken := claims.of[c]; taken {
		return "", fmt.Errorf("the transactional ids %s-<n> belong to the live template %q: give this one another transaction-id-prefix or instance", id, other)
	}
	claims.of[c] = o.Name
	return c, nil
}

func (c claim) release() {
	claims.Lock()
	defer claims.Unlock()
	delete(claims.of, c)
}
