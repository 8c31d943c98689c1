package observe

import (
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

// producerLine describes the producing side.
func producerLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.IdempotenceOff:
		return line{zap.InfoLevel, "idempotence is off, as acks is not all: a retry may write a record twice, or out of order", []zap.Field{str("template", e.Template), str("acks", e.Acks)}}, true
	case event.SendFailed:
		text := "send failed"
		if e.Unknown {
			text = "send without an answer, the record may still be written"
		}
		return line{zap.WarnLevel, text, []zap.Field{str("template", e.Template), str("topic", e.Topic), fault(e.Err)}}, true
	case event.ReplyUnexpected:
		return line{zap.InfoLevel, "reply to a request that is over", []zap.Field{
			str("template", e.Template), str("topic", e.Partition.Topic), zap.Int32("partition", e.Partition.ID), zap.Int64("offset", e.Offset),
		}}, true
	case event.TransactionAborted:
		fields := []zap.Field{str("reason", reason(e.Err)), fault(e.AbortErr), zap.Duration("took", e.Took)}
		return line{zap.WarnLevel, "transaction aborted", append(producer(e.Template, e.ID), fields...)}, true
	case event.TransactionIndeterminate:
		return line{zap.ErrorLevel, "transaction without an answer, it may be committed or not", append(producer(e.Template, e.ID), fault(e.Err), zap.Duration("took", e.Took))}, true
	case event.ProducerRebuilt:
		return line{zap.WarnLevel, "producer made again", append(producer(e.Template, e.ID), fault(e.Err))}, true
	case event.ProducerError:
		return line{zap.WarnLevel, "producer error", append(producer(e.Template, e.ID), fault(e.Err))}, true
	case event.ProducerLog:
		return line{clientLevel(e.Level, e.Tag), "producer log", append(producer(e.Template, e.ID), str("tag", e.Tag), str("text", e.Text))}, true
	case event.TemplateClosed:
		level := worse(e.Err != nil, zap.InfoLevel, zap.ErrorLevel)
		return line{level, "template closed", []zap.Field{str("template", e.Template), zap.Int("undelivered", e.Undelivered), fault(e.Err), zap.Duration("took", e.Took)}}, true
	}
	return line{}, false
}

func producer(template, id string) []zap.Field {
	return []zap.Field{str("template", template), str("transactional_id", id)}
}

// reason is why a transaction was aborted: without an error, its function did not return.
func reason(err error) string {
	if err == nil {
		return "panic"
	}
	return err.Error()
}
