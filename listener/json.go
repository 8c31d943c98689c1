package listener

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// JSON returns the codec that decodes by encoding/json. It is what types
// without a codec get; setting it makes string and []byte JSON, too. The text
// of its errors says where and what, and never quotes the data.
func JSON() Codec { return jsonCodec{} }

type jsonCodec struct{}

// Name returns "json".
func (jsonCodec) Name() string { return "json" }

// Decode unmarshals data.
func (jsonCodec) Decode(_ *RawRecord, data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return &jsonError{text: jsonFault(err, len(data)), err: err}
	}
	return nil
}

// A jsonError hides the text of encoding/json's errors, which quote numbers
// and characters of the data, and what users' unmarshallers add to it.
type jsonError struct {
	text string
	err  error
}

func (e *jsonError) Error() string { return e.text }
func (e *jsonError) Unwrap() error { return e.err }

// jsonFault says in words of our own what was wrong with size bytes.
func jsonFault(err error, size int) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("malformed at byte %d of %d", syntax.Offset, size)
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(mismatch.Value, " ") // "number 300": the rest is data
		field := ""
		if mismatch.Field != "" {
			field = " (field " + mismatch.Field + ")"
		}
		return fmt.Sprintf("%s does not fit %s%s at byte %d of %d", kind, shortType(mismatch.Type), field, mismatch.Offset, size)
	}
	return fmt.Sprintf("refused with a %T", err)
}
