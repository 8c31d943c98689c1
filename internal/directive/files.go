package directive

import (
	"bytes"
	"os"
	"path/filepath"
)

// A File is a generated file that is not as it should be.
type File struct {
	Path string // relative to the module's root, with slashes
	Text []byte // nil where the file has to go
}

// Files returns the generated files that differ from what the directives say.
// Check has to be without faults.
func (m *Module) Files() ([]File, error) {
	var out []File
	for _, p := range m.Packages {
		text, err := p.File()
		if err != nil {
			return nil, err
		}
		stale := text == nil && p.Generated != nil && isGenerated(p.Generated)
		if stale || text != nil && !bytes.Equal(text, p.Generated) {
			out = append(out, File{join(p.Dir, GeneratedFile), text})
		}
	}
	return out, nil
}

// Write brings files up to date. All of them are written beside their places
// before the first one takes it.
func (m *Module) Write(files []File) error {
	at := func(f File) string { return filepath.Join(m.Root, filepath.FromSlash(f.Path)) }
	const beside = ".new"
	for _, f := range files {
		if f.Text == nil {
			continue
		}
		if err := os.WriteFile(at(f)+beside, f.Text, 0o644); err != nil {
			for _, done := range files {
				_ = os.Remove(at(done) + beside)
			}
			return err
		}
	}
	for _, f := range files {
		var err error
		if f.Text == nil {
			err = os.Remove(at(f))
		} else {
			err = os.Rename(at(f)+beside, at(f))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
