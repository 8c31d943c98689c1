package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

// Settings are effective settings with where each comes from, secrets
// redacted, and what is wrong with them.
type Settings struct {
	Entries  []Entry  `json:"entries"`
	Warnings []string `json:"warnings"`
	Faults   []string `json:"faults"`
}

// An Entry is the settings of one listener, factory, template or producer, or of
// all listeners (kafka.*).
type Entry struct {
	Kind     string    `json:"kind"` // kafka, factory, listener, template, producer
	Name     string    `json:"name,omitempty"`
	Title    string    `json:"title"` // what it is and where it stands
	Notes    []string  `json:"notes,omitempty"`
	Settings []Setting `json:"settings"`

	text string
}

// A Setting is one effective setting.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // default, a line of code, a file's line, a variable of the environment
}

// printedService are the settings of a service's listeners and templates.
func printedService(s Service) Settings {
	out := newSettings(s.Config, s.Err)
	for _, sp := range s.Specs {
		out.Entries = append(out.Entries, entry("listener", sp.ID, sp.Text))
	}
	for _, t := range s.Templates {
		out.Entries = append(out.Entries, entry("template", t.Name, t.Text))
	}
	return out
}

// OfConfig returns what files and environment alone say: the defaults of all
// (kafka.*), each factory and each listener with the layers below it. What code
// sets, and the built-in defaults, are not among it. err is what is wrong.
func OfConfig(cfg *config.Config, err error) Settings {
	out := newSettings(cfg, err)
	out.Entries = append(out.Entries, entry("kafka", "", spec.RenderBelow("# kafka: for all listeners\n", new(merged(cfg)))))
	for _, e := range cfg.Factories() {
		set, _ := cfg.Factory(e.Name)
		head := fmt.Sprintf("# factory %s (%s)\n", e.Name, e.Origin)
		out.Entries = append(out.Entries, entry("factory", e.Name, spec.RenderBelow(head, new(merged(cfg, &set)))))
	}
	for _, e := range cfg.Listeners() {
		head := fmt.Sprintf("# listener %s (%s)\n", e.Name, e.Origin)
		out.Entries = append(out.Entries, entry("listener", e.Name, spec.RenderBelow(head, new(effective(cfg, e.Name)))))
	}
	for _, e := range cfg.Producers() {
		p, _ := cfg.Producer(e.Name)
		head := fmt.Sprintf("# producer %s (%s)\n", e.Name, e.Origin)
		out.Entries = append(out.Entries, entry("producer", e.Name, head+spec.RenderTemplate(p, spec.Template{})))
	}
	return out
}

func newSettings(cfg *config.Config, err error) Settings {
	out := Settings{Entries: []Entry{}, Warnings: []string{}, Faults: []string{}}
	if cfg != nil {
		out.Warnings = append(out.Warnings, cfg.Warnings...)
	}
	for _, f := range Faults(err) {
		out.Faults = append(out.Faults, f.Error())
	}
	return out
}

// entry reads what spec.Render has printed: "key: value  # origin".
func entry(kind, name, text string) Entry {
	e := Entry{Kind: kind, Name: name, Settings: []Setting{}, text: text}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		note, isNote := strings.CutPrefix(line, "# ")
		switch {
		case isNote && e.Title == "":
			e.Title = note
			continue
		case isNote:
			e.Notes = append(e.Notes, note)
			continue
		}
		at := strings.LastIndex(line, "  # ")
		if at < 0 {
			continue
		}
		key, value, _ := strings.Cut(strings.TrimRight(line[:at], " "), ": ")
		e.Settings = append(e.Settings, Setting{key, value, line[at+len("  # "):]})
	}
	return e
}

// Titled returns e under another title, with more notes.
func (e Entry) Titled(title string, notes ...string) Entry {
	e.Title, e.text = title, ""
	e.Notes = slices.Concat(notes, e.Notes)
	return e
}

// String prints the entry for people: title, notes, a line for each setting.
func (e Entry) String() string {
	if e.text != "" {
		return e.text
	}
	var b strings.Builder
	for _, line := range append([]string{e.Title}, e.Notes...) {
		b.WriteString("# " + line + "\n")
	}
	width := 0
	for _, s := range e.Settings {
		width = max(width, len(s.Key)+len(": ")+len(s.Value))
	}
	for _, s := range e.Settings {
		fmt.Fprintf(&b, "%-*s  # %s\n", width, s.Key+": "+s.Value, s.Origin)
	}
	return b.String()
}

// OfService returns the settings of a service's listeners and templates.
func OfService(s Service) Settings { return printedService(s) }

// Write prints the settings for people.
func (s Settings) Write(w io.Writer) error {
	var b strings.Builder
	for _, e := range s.Entries {
		b.WriteString(e.String() + "\n")
	}
	for _, text := range s.Warnings {
		b.WriteString("warning: " + text + "\n")
	}
	for _, text := range s.Faults {
		b.WriteString("fault: " + text + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// print writes a result as JSON, or for people.
func (c Command) print(w io.Writer, result any, forPeople func(io.Writer) error) error {
	if !c.JSON {
		return forPeople(w)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(result)
}

// Print writes settings as the command wants them.
func (c Command) Print(w io.Writer, s Settings) error { return c.print(w, s, s.Write) }

// add puts findings that were known before among the others.
func (r *Report) add(more []Finding) {
	r.Findings = append(r.Findings, more...)
	r.sort()
}
