package container

import (
	"fmt"
	"sync"

	"github.com/hearken-go/hearken/internal/spec"
)

// A txClaim is what all transactional ids of a listener begin with, on one cluster.
type txClaim struct{ cluster, ids string }

// claims are those of this process's live listeners. Producers with one id
// fence each other without an end, which nobody is told before the first
// transaction; a second owner in this process is known before.
var claims = struct {
	sync.Mutex
	of map[txClaim]*Container
}{of: map[txClaim]*Container{}}

func (k *Container) txClaim() txClaim {
	return txClaim{k.spec.Tx.Cluster, k.spec.Tx.Prefix + "-" + k.spec.ID}
}

// claim makes the ids this container's until its life ends, or names who has them.
func (k *Container) claim() error {
	if k.spec.Tx == nil {
		return nil
	}
	claims.Lock()
	defer claims.Unlock()
	c := k.txClaim()
	other, taken := claims.of[c]
	if taken && other != k {
		return &spec.Fault{
			Kind: spec.ErrContradiction, Subject: fmt.Sprintf("listener %q (%s)", k.spec.ID, k.spec.Where), Key: "transaction-instance",
			Problem: fmt.Sprintf("the transactional ids %s-<i> belong to the listener of that name that runs in this process already (%s): they would fence each other",
				c.ids, other.spec.Where),
			Fix: "give one of them another transaction-instance or transaction-id-prefix, or stop the other one first",
		}
	}
	claims.of[c] = k
	return nil
}

// unclaim gives back what claim gave, if it did.
func (k *Container) unclaim() {
	if k.spec.Tx == nil {
		return
	}
	claims.Lock()
	defer claims.Unlock()
	if c := k.txClaim(); claims.of[c] == k {
		delete(claims.of, c)
	}
}
