package spec

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ProcessInstance names this process: no other one, on any host, and no
// earlier one on this host has the same.
var ProcessInstance = sync.OnceValue(func() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return strings.Join([]string{host, strconv.Itoa(os.Getpid()), strconv.FormatInt(time.Now().UnixNano(), 36)}, "-")
})
