package listener

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// ReplyTo sends the replies of OnRequest to topic; placeholders are resolved.
// Beside ReplyToHeader it takes the replies to requests that name no topic.
func ReplyTo(topic string) Option {
	v := spec.Set(topic, spec.Code(0))
	return spec.ForListener(fmt.Sprintf("listener.ReplyTo(%q)", topic), func(s *spec.Settings) { s.ReplyTo = v })
}

// ReplyToHeader sends the replies of OnRequest where the request's header
// kafka_replyTopic says, if one of patterns, which are regular expressions,
// matches the whole name. Without it the header is not looked at: whoever may
// write a request could make this service write to any topic that it may write to.
//
// A request that names another topic, its own, or one that is not there, is
// handled and not answered: an event says so, and the record is done, so that
// no header can hold up a partition.
func ReplyToHeader(patterns ...string) Option {
	v := spec.Set(append([]string(nil), patterns...), spec.Code(0))
	quoted := make([]string, len(patterns))
	for i, p := range patterns {
		quoted[i] = fmt.Sprintf("%q", p)
	}
	return spec.ForListener("listener.ReplyToHeader("+strings.Join(quoted, ", ")+")", func(s *spec.Settings) { s.ReplyToHeader = v })
}

// ReplyErrors makes an error the answer: its text, without a stack and 1 KiB at
// most, is sent in the header hearken_replyError at the first attempt, and then the
// record is done; the error handler is not asked. That holds for
// requests that can't be decoded, too, and not for panics, for what RetryAfter
// made, and where the handler's context has ended: those are tried again.
// Mind that the requester reads the text.
func ReplyErrors() Option {
	v := spec.Set(true, spec.Code(0))
	return spec.ForListener("listener.ReplyErrors()", func(s *spec.Settings) { s.ReplyErrors = v })
}
