package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// fileSuffix ends the names of properties whose value is a path to the real
// value: "sasl.password-file". The client knows no such name.
const fileSuffix = "-file"

// largestSecret is far more than a password or a chain of certificates has.
const largestSecret = 64 << 10

// IsSecretFile reports whether a property names the file that holds another
// property's value. Such a property is for ResolveSecrets, not for the client.
func IsSecretFile(property string) bool {
	base, ok := strings.CutSuffix(property, fileSuffix)
	return ok && IsSecret(base)
}

// ResolveSecrets returns the properties with the contents of the files that
// "sasl.password-file", "ssl.key.password-file" and their like name, under
// the names that the client knows. Call it whenever a client is opened: a file
// that has changed since is read anew. The error names all files' properties
// that can't be read, and neither paths nor contents.
func ResolveSecrets(properties map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(properties))
	var errs []error
	for name, value := range properties {
		if !IsSecretFile(name) {
			if _, has := out[name]; !has { // a file's content may be there already
				out[name] = value
			}
			continue
		}
		content, err := ReadSecret(value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: the file can't be used: %w", name, err))
			continue
		}
		out[strings.TrimSuffix(name, fileSuffix)] = content
	}
	if len(errs) > 0 {
		slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, errors.Join(errs...)
	}
	return out, nil
}

// ReadSecret returns the contents of a file without its last line's end. The
// error says why it could not be read, and not where: what should be a path may
// be the secret itself.
func ReadSecret(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", FileReason(err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for its writer
		return "", errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", FileReason(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, largestSecret+1))
	switch {
	case err != nil:
		return "", FileReason(err)
	case len(text) > largestSecret:
		return "", errors.New("it is larger than 64 KiB")
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// FileReason is what an error of the file system says, without the path.
func FileReason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return errors.New("it can't be read")
}
