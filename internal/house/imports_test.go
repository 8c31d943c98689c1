package house_test

import (
	"strings"
	"testing"

	"github.com/hearken-go/hearken/internal/house"
)

func TestCheckImports(t *testing.T) {
	t.Parallel()
	const m = house.Module
	tests := []struct {
		name  string
		from  string
		to    string
		fault string // part of the only fault, "" for none
	}{
		{"standard library", "/event", "context", ""},
		{"own subfolder's room", "/listener", m + "/internal/spec", ""},
		{"allowed third party", "/internal/broker", "github.com/confluentinc/confluent-kafka-go/v2/kafka", ""},
		{"fx in app", "/app", "go.uber.org/fx/fxevent", ""},
		{"fx elsewhere", "/container", "go.uber.org/fx", `/container imports go.uber.org/fx, which room "container" may not`},
		{"backwards", "/container", m + "/config", `/container imports ` + m + `/config`},
		{"vocabulary on the engine", "/listener", m + "/container", `/listener imports`},
		{"a name that only begins alike", "/app", "go.uber.org/fxtra", "/app imports go.uber.org/fxtra"},
		{"subfolder inherits", "/container/inner", m + "/config", `which room "container" may not`},
		{"subfolder of its own", "/listener/protocodec", "google.golang.org/protobuf/proto", ""},
		{"unknown room", "/attic", "context", "/attic is in no room"},
		{"root", "", m + "/app", `which room "" may not`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := house.CheckImports([]house.Package{{Path: m + tt.from, Imports: []string{tt.to}}})
			expect(t, got, tt.fault)
		})
	}
}

func TestCheckTestImports(t *testing.T) {
	t.Parallel()
	got := house.CheckImports([]house.Package{{
		Path:        house.Module + "/container",
		TestImports: []string{"github.com/twmb/franz-go/pkg/kgo", "pgregory.net/rapid"},
	}})
	expect(t, got, "franz-go stays in module kafkatest")
}

// expect compares the faults with the one that is expected, or none.
func expect(t *testing.T, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("unexpected: %q", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got %q, want one with %q", got, want)
	}
}
