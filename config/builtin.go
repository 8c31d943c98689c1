package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// file resolves ${file:path}: the contents, which are a secret.
func (e *expansion) file(path string, depth int) (string, error) {
	path, err := e.expand(path, depth+1)
	if err != nil {
		return "", err
	}
	e.volatile.Secret = true
	path = strings.TrimSpace(path)
	content, err := spec.ReadSecret(path)
	switch {
	case err == nil:
		return content, nil
	case e.secret || !filepath.IsAbs(path) || strings.ContainsFunc(path, strange):
		return "", errFile{fmt.Errorf("the file of ${file:…} can't be used: %w", err)} // the path may be the secret itself
	default:
		return "", errFile{fmt.Errorf("${file:%s} can't be used: %w", path, err)}
	}
}

// errFile is a file that could not be read.
type errFile struct{ error }

func strange(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("@${}", r) }

// appName is spring.application.name, or else the name of the program.
func (e *expansion) appName(depth int) (string, error) {
	if value, found, err := e.lookup("spring.application.name", depth); found || err != nil {
		return value, err
	}
	if len(os.Args) == 0 {
		return "", errors.New("the program has no name")
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), nil
}
