package doctor

import (
	"runtime/debug"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Version says what a program is made of.
type Version struct {
	Hearken    string // of this module
	Client     string // of confluent-kafka-go
	Librdkafka string
}

// Versions reads what this program was linked with.
func Versions() Version {
	v := Version{Hearken: "(devel)", Client: "unknown", Librdkafka: broker.LibraryVersion()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, m := range append(info.Deps, &info.Main) {
		switch {
		case m.Path == "github.com/hearken-go/hearken" && m.Version != "":
			v.Hearken = m.Version
		case m.Path == "github.com/confluentinc/confluent-kafka-go/v2":
			v.Client = m.Version
		}
	}
	return v
}
