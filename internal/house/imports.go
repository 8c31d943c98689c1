package house

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the path of the root module.
const Module = "github.com/hearken-go/hearken"

// Third parties, as rooms name them.
const (
	confluent = "github.com/confluentinc/confluent-kafka-go/v2"
	fx        = "go.uber.org/fx"
	zap       = "go.uber.org/zap"
	koanf     = "github.com/knadh/koanf"
	structure = "github.com/go-viper/mapstructure"
	yaml      = "go.yaml.in/yaml"
	uuid      = "github.com/google/uuid"
	protobuf  = "google.golang.org/protobuf"
)

// rooms is the import order, from the vocabulary up to the wiring: what each
// folder, with the folders inside it, may import besides the standard library
// and itself. A package belongs to the room with the longest matching path. A
// folder that is not listed here fails the test: say where it stands.
var rooms = map[string][]string{
	"":              {}, // doc.go alone
	"ackmode":       {},
	"event":         {},
	"internal/spec": {"ackmode"},
	"listener":      {"internal/spec", confluent},
	// The one codec that needs a third party. Nothing imports it but programs.
	"listener/protocodec": {"listener", "internal/spec", protobuf},
	// What is written about a record that failed: of errorhandler, which writes it,
	// and of all that read it.
	"internal/letter":            {"listener"},
	"errorhandler":               {"listener", "event", "internal/letter"},
	"internal/ledger":            {"ackmode", "listener"},
	"internal/broker":            {"listener", "internal/spec", "internal/broker/rdqueue", confluent},
	"internal/broker/rdqueue":    {"listener", confluent},
	"internal/broker/brokertest": {"listener", "internal/broker", "internal/spec"},
	"container": {
		"ackmode", "event", "listener", "errorhandler", "internal/spec", "internal/ledger", "internal/broker",
	},
	"config":   {"internal/spec", "ackmode", koanf, structure, yaml, uuid},
	"template": {"event", "listener", "internal/spec", "internal/broker", confluent, uuid},
	// template for those that configuration describes.
	"factory": {
		"ackmode", "event", "listener", "errorhandler", "internal/spec", "internal/broker", "container", "config", "template",
		"internal/letter", confluent, uuid,
	},
	// factory for the client that configuration describes.
	"admin": {"event", "config", "factory", "internal/spec", "internal/broker"},
	// What is in dead-letter topics, below its command and beside admin: factory for
	// the clients that configuration describes, template to send by.
	"deadletter": {"listener", "internal/letter", "internal/spec", "internal/broker", "config", "factory", "template"},
	// factory for services of which only the configuration is known.
	"doctor": {
		"ackmode", "listener", "container", "config", "factory", "internal/spec", "internal/broker",
		"internal/ledger", // for the maps in commit metadata
	},
	// errorhandler for its PanicError, whose stack becomes a field.
	"observe": {"event", "listener", "errorhandler", zap},
	"console": {"container", "event", "listener"},
	"app": {
		"ackmode", "event", "listener", "errorhandler", "container", "config", "factory", "template", "admin", "observe",
		"console", "doctor", "internal/spec", "internal/broker", fx, zap,
	},
	"internal/directive": {"internal/spec", "ackmode", yaml}, // yaml for the factories that configuration names
	"cmd":                {"internal/directive", "internal/spec", "listener", "config", "factory", "doctor", "deadletter", "internal/letter"},
	"internal/house":     {},
}

// nowhere is what no package of the root module may import, its tests included.
var nowhere = map[string]string{
	"github.com/twmb/franz-go": "franz-go stays in module kafkatest, out of users' graphs",
	Module + "/kafkatest":      "kafkatest imports the framework, never the reverse; such tests live in kafkatest/e2e",
}

// A Package is what the checks need to know of a package.
type Package struct {
	Path        string // import path
	Imports     []string
	TestImports []string // of both kinds of tests
}

// CheckImports returns the edges that break the import order, one line each.
func CheckImports(pkgs []Package) []string {
	var faults []string
	for _, p := range pkgs {
		room, ok := roomOf(strings.TrimPrefix(strings.TrimPrefix(p.Path, Module), "/"))
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is in no room: add it to rooms in internal/house/imports.go", p.Path))
			continue
		}
		for _, target := range p.Imports {
			if !allowed(room, target) {
				faults = append(faults, fmt.Sprintf("%s imports %s, which room %q may not", p.Path, target, room))
			}
		}
		faults = append(faults, banned(p)...)
	}
	return faults
}

// roomOf returns the room that a folder belongs to. The root is a room of its
// own, not the parent of all.
func roomOf(folder string) (string, bool) {
	if folder == "" {
		return "", true
	}
	best := ""
	for room := range rooms {
		if within(folder, room) && len(room) > len(best) {
			best = room
		}
	}
	return best, best != ""
}

// within reports whether path is parent or lies below it.
func within(path, parent string) bool {
	return parent != "" && (path == parent || strings.HasPrefix(path, parent+"/"))
}

func allowed(room, target string) bool {
	if standard(target) {
		return true
	}
	folder, inside := strings.CutPrefix(target, Module+"/")
	if inside {
		to, _ := roomOf(folder)
		return to == room || slices.Contains(rooms[room], to)
	}
	return slices.ContainsFunc(rooms[room], func(third string) bool { return within(target, third) })
}

// standard reports whether an import path is of the standard library: no dot in its first element.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func banned(p Package) []string {
	var faults []string
	for _, target := range slices.Concat(p.Imports, p.TestImports) {
		for ban, reason := range nowhere {
			if within(target, ban) {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", p.Path, target, reason))
			}
		}
	}
	return faults
}
