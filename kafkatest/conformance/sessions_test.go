package conformance

import (
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/internal/broker/brokertest"
)

var _ brokertest.Sitter = backend{}

// Sit implements brokertest.Sitter. With group.protocol=consumer the broker has
// the session, by group, and at most a minute.
func (k backend) Sit(t testing.TB, group string, session time.Duration) []string {
	t.Helper()
	millis := strconv.FormatInt(session.Milliseconds(), 10)
	if k.properties["group.protocol"] != "consumer" {
		return []string{"session.timeout.ms", millis}
	}
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = "consumer.session.timeout.ms", &millis
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	resource.Configs = append(resource.Configs, config)
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.Resources = append(req.Resources, resource)
	resp, err := req.RequestWith(t.Context(), k.b.Client())
	if err == nil {
		err = kerr.ErrorForCode(resp.Resources[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	return nil
}
