package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// LongestTopic is how long the name of a topic may be.
const LongestTopic = 249

// longestGroup is how much of a group's name goes into a topic's.
const longestGroup = 100

// RetryID is what the id of a retry container has behind its listener's.
const RetryID = "-retry"

// DeadSuffix is what a dead-letter topic has behind the name of its source.
const DeadSuffix = "-dlt"

// DeadTopic fills in the name of a dead-letter topic: {topic} and {group}
// stand for those of the record.
func DeadTopic(name, topic, group string) string {
	return strings.NewReplacer("{topic}", topic, "{group}", Group(group)).Replace(name)
}

// RetryPrefix is what the retry topics of a group for a source topic begin with.
func RetryPrefix(topic, group string) string { return topic + "-" + Group(group) + "-retry-" }

// RetryTopic names the retry topic of a delay.
func RetryTopic(topic, group string, delay time.Duration) string {
	return RetryPrefix(topic, group) + DelayName(delay)
}

// RetryDelay reads the delay of a retry topic of that source and group.
func RetryDelay(name, topic, group string) (time.Duration, bool) {
	text, ok := strings.CutPrefix(name, RetryPrefix(topic, group))
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || DelayName(d) != text {
		return 0, false
	}
	return d, true
}

// DelayName writes a delay as the name of a topic has it: 1s, 90s is 1m30s,
// 1500ms. Parts of milliseconds are left out.
func DelayName(d time.Duration) string {
	d = d.Truncate(time.Millisecond)
	if d%time.Second != 0 {
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Group makes a group's name a part of a topic's. Where that changes it, it
// ends with a number of its own, so that no two groups have the same.
func Group(group string) string {
	clean := strings.Map(func(r rune) rune {
		if legal(r) {
			return r
		}
		return '-'
	}, group)
	if clean == group && len(group) <= longestGroup {
		return group
	}
	sum := sha256.Sum256([]byte(group))
	return clean[:min(len(clean), longestGroup)] + "-" + hex.EncodeToString(sum[:4])
}

// Legal reports whether a topic may have that name.
func Legal(topic string) bool {
	return topic != "" && len(topic) <= LongestTopic && topic != "." && topic != ".." &&
		!strings.ContainsFunc(topic, func(r rune) bool { return !legal(r) })
}

func legal(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
}
