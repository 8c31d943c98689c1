package broker

import (
	"strconv"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The prefetch budget of a consumer is queued.max.messages.kbytes, with either
// reader. To the client it is a limit of one queue, which can't be changed while
// it runs. The poll reader has one queue. The queue reader divides the budget
// into shares of shareKB: half of a share is the limit of a queue, the other
// half what one fetch may add to it. All but one of the shares go to the first
// partitions that are assigned, a queue for each; what is assigned beyond that,
// at the start or later, shares the last queue, as it would with the poll
// reader. So the budget holds with any number of partitions.
const (
	budgetKB  = 32768
	shareKB   = 2048
	maxShares = 64

	budgetProperty = "queued.max.messages.kbytes"
)

// fetchSizes are the names of the property that bounds what a fetch brings of one partition.
var fetchSizes = []string{"fetch.message.max.bytes", "max.partition.fetch.bytes"}

// forQueues changes the defaults that are other ones with the queue reader.
func forQueues(defaults []Default) {
	for i := range defaults {
		switch d := &defaults[i]; d.Key {
		case budgetProperty:
			d.Value = strconv.Itoa(budgetKB)
			d.Why = "the prefetch of this consumer: divided into shares of 2 MB, one for each of the first 15 partitions, one for the rest"
		case "fetch.queue.backoff.ms":
			d.Value, d.Why = "2", "a queue of 1 MB is empty in 5 ms; the client's 1000 stops it for a second"
		case waitProperty:
			d.Why += "; 10 while records come fast, unless it or fetch.min.bytes is configured: a busy partition waits for the long poll of idle ones, too"
		}
	}
}

// divide puts a share's limits into config in place of the budget, and returns
// the number of shares. A value that is none is left for the client to refuse.
func divide(config kafka.ConfigMap) int {
	text, _ := config[budgetProperty].(string)
	budget, err := strconv.Atoi(text)
	if err != nil || budget < 1 {
		return 2
	}
	shares := min(max(budget/shareKB, 2), maxShares)
	half := max(budget/shares/2, 1)
	config[budgetProperty] = strconv.Itoa(half)
	_, long := config[fetchSizes[0]]
	_, short := config[fetchSizes[1]]
	if !long && !short {
		config[fetchSizes[0]] = strconv.Itoa(half << 10)
	}
	if _, set := config["fetch.max.bytes"]; !set {
		// One answer stays in memory as long as one of its records does.
		config["fetch.max.bytes"] = strconv.Itoa(max(budget<<10/4, 1<<20))
	}
	return shares
}
