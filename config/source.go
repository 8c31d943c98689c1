package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// A source is a text with the name that stands in origins.
type source struct {
	name     string
	provider koanf.Provider
}

func fileSource(path string) source { return source{path, file.Provider(path)} }

func textSource(name string, text []byte) source { return source{name, text2provider(text)} }

// mapSource writes the map as YAML, so that maps and files are read by one reader.
func mapSource(values map[string]any) source {
	return source{"map", providerFunc(func() (text []byte, err error) {
		defer func() {
			if recover() != nil { // the YAML writer panics at functions and channels
				err = errors.New("the map holds a value that can't be written as YAML")
			}
		}()
		return yaml.Marshal(values)
	})}
}

// search returns the sources of a program that names none.
func search(environ map[string]string) []source {
	if path := environ["HEARKEN_CONFIG"]; path != "" {
		return withProfiles(path, environ, []source{fileSource(path)})
	}
	var found []source
	for _, folder := range []string{"", "config"} {
		for _, base := range []string{"application", "hearken"} {
			for _, ext := range []string{".yml", ".yaml"} {
				path := filepath.Join(folder, base+ext)
				if exists(path) {
					found = append(found, fileSource(path))
				}
				found = withProfiles(path, environ, found)
			}
		}
	}
	return found
}

// withProfiles adds the files name-PROFILE.yaml that there are.
func withProfiles(path string, environ map[string]string, to []source) []source {
	ext := filepath.Ext(path)
	for _, profile := range profilesOf(environ) {
		if p := strings.TrimSuffix(path, ext) + "-" + profile + ext; exists(p) {
			to = append(to, fileSource(p))
		}
	}
	return to
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// readProblem says why a source could not be read.
func readProblem(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Sprintf("can't be read: %s", pathErr.Err)
	}
	return "can't be read: " + err.Error()
}

// providerFunc lets a function be a koanf.Provider.
type providerFunc func() ([]byte, error)

func text2provider(text []byte) providerFunc {
	return func() ([]byte, error) { return text, nil }
}

// ReadBytes calls f.
func (f providerFunc) ReadBytes() ([]byte, error) { return f() }

// Read is not supported: the text has to be parsed.
func (f providerFunc) Read() (map[string]any, error) {
	return nil, errors.New("hearken: this provider returns text")
}
