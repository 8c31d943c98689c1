package observe

import (
	"fmt"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

func str(key, value string) zap.Field {
	if value == "" {
		return zap.Skip()
	}
	return zap.String(key, clean(value, textCap))
}

// strs shows the first few of a list, and how many more there are.
func strs(key string, values []string) zap.Field {
	if len(values) == 0 {
		return zap.Skip()
	}
	shown := make([]string, 0, min(len(values), listCap+1))
	for i, v := range values {
		if i == listCap {
			shown = append(shown, fmt.Sprintf("and %d more", len(values)-listCap))
			break
		}
		shown = append(shown, clean(v, textCap))
	}
	return zap.Strings(key, shown)
}

// settings shows one setting per element; they are long and our own.
func settings(text string) zap.Field {
	text = strings.TrimSpace(text)
	if text == "" {
		return zap.Skip()
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean(lines[i], settingCap)
	}
	return zap.Strings("settings", lines)
}

// fault is the error's text: zap's own field may print more of an error than its text.
func fault(err error) zap.Field {
	if err == nil {
		return zap.Skip()
	}
	return zap.String("error", clean(err.Error(), textCap))
}

func consumer(c event.Consumer) []zap.Field {
	return []zap.Field{str("listener", c.Listener), str("group", c.Group), zap.Int("consumer", c.Index)}
}

// chosen keeps the settings that somebody has set: those whose origin, the
// comment at a line's end, is not the framework's default.
func chosen(text string) string {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		i := strings.LastIndex(l, "  # ")
		if i < 0 || !strings.HasPrefix(l[i+4:], "default") {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func spot(c event.Consumer, p event.Partition) []zap.Field {
	return append(consumer(c), str("topic", p.Topic), zap.Int32("partition", p.ID))
}

func place(c event.Consumer, p event.Partition, offset int64) []zap.Field {
	return append(spot(c, p), zap.Int64("offset", offset))
}

func partitions(ps []event.Partition) zap.Field {
	return strs("partitions", each(len(ps), func(i int) string { return name(ps[i]) }))
}

// starts shows each partition with its start: "orders[3]@42", or without one
// where the reset policy decides.
func starts(ps []event.Partition, at []int64) zap.Field {
	return strs("partitions", each(len(ps), func(i int) string {
		if i >= len(at) || at[i] < 0 {
			return name(ps[i])
		}
		return position(ps[i], at[i])
	}))
}

func commits(cs []event.Commit) zap.Field {
	return strs("offsets", each(len(cs), func(i int) string { return position(cs[i].Partition, cs[i].Offset) }))
}

func each(n int, text func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = text(i)
	}
	return out
}

func name(p event.Partition) string { return p.Topic + "[" + strconv.Itoa(int(p.ID)) + "]" }

func position(p event.Partition, offset int64) string {
	return name(p) + "@" + strconv.FormatInt(offset, 10)
}
