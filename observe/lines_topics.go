package observe

import (
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

// topicLine describes what became of declared topics.
func topicLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.TopicCreated:
		return line{zap.InfoLevel, "topic created", []zap.Field{str("topic", e.Topic), zap.Int("partitions", e.Partitions), zap.Int("replicas", e.Replicas)}}, true
	case event.TopicExpanded:
		return line{zap.WarnLevel, "topic has more partitions now, keys land elsewhere", []zap.Field{str("topic", e.Topic), zap.Int("from", e.From), zap.Int("to", e.To)}}, true
	case event.TopicDiffers:
		text := "topic is not as it is declared"
		if e.Changed {
			text = "topic changed to what is declared"
		}
		return line{zap.WarnLevel, text, []zap.Field{str("topic", e.Topic), str("setting", e.Setting), str("declared", e.Declared), str("actual", e.Actual)}}, true
	case event.TopicsPending:
		fields := []zap.Field{fault(e.Err)}
		if e.Retry > 0 {
			fields = append(fields, zap.Duration("retry", e.Retry))
		}
		return line{zap.WarnLevel, "declared topics are not there", fields}, true
	}
	return line{}, false
}
