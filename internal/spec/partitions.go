package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostPartitions is what one text may name: more than any topic has.
const mostPartitions = 10_000

// ParsePartitions reads partitions of one topic, with an optional start:
// "orders" and "orders[*]" (all), "orders[0-5,7]", each with "@beginning",
// "@end-10" or another position. IDs are sorted; nil is all.
func ParsePartitions(text string) (PartitionSet, error) {
	var out PartitionSet
	rest, start, hasStart := strings.Cut(strings.TrimSpace(text), "@")
	if hasStart {
		position, err := ParsePosition(start)
		if err != nil {
			return PartitionSet{}, err
		}
		out.Start = position
	}
	rest = strings.TrimSpace(rest)
	topic, inner, hasIDs := strings.Cut(rest, "[")
	out.Topic = strings.TrimSpace(topic)
	switch {
	case out.Topic == "":
		return PartitionSet{}, fmt.Errorf("%q names no topic: write orders[0-5,7]@end-10", text)
	case strings.HasPrefix(out.Topic, "^"):
		return PartitionSet{}, fmt.Errorf("%q is a pattern: partitions are of one topic", text)
	case !hasIDs && strings.ContainsAny(rest, "],"):
		return PartitionSet{}, fmt.Errorf("%q is no topic with partitions: write orders[0-5,7]", text)
	case !hasIDs:
		return out, nil
	}
	inner, closed := strings.CutSuffix(inner, "]")
	if !closed || strings.ContainsAny(inner, "[]") {
		return PartitionSet{}, fmt.Errorf("%q has brackets that do not match: write orders[0-5,7]", text)
	}
	if strings.TrimSpace(inner) == "*" {
		return out, nil
	}
	ids, err := parseIDs(inner)
	out.IDs = ids
	if err != nil {
		return PartitionSet{}, err
	}
	return out, nil
}

// parseIDs reads "0-5,7".
func parseIDs(text string) ([]int32, error) {
	var out []int32
	seen := map[int32]bool{}
	for part := range strings.SplitSeq(text, ",") {
		first, last, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if int(last-first) >= mostPartitions-len(out) {
			return nil, fmt.Errorf("%q names more than %d partitions", part, mostPartitions)
		}
		for id := first; id <= last; id++ {
			if seen[id] {
				return nil, fmt.Errorf("partition %d stands there twice", id)
			}
			seen[id] = true
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// parseRange reads "7" or "0-5".
func parseRange(part string) (first, last int32, err error) {
	if strings.HasPrefix(part, "-") {
		return 0, 0, fmt.Errorf("%q is negative: partitions count from 0", part)
	}
	from, to, isRange := strings.Cut(part, "-")
	first, err = parseID(from)
	if err != nil || !isRange {
		return first, first, err
	}
	last, err = parseID(to)
	if err == nil && last < first {
		err = fmt.Errorf("%q is reversed: write %d-%d", part, last, first)
	}
	return first, last, err
}

// highestPartition keeps a range's end from overflowing.
const highestPartition = 1_000_000

func parseID(text string) (int32, error) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is no partition: write numbers and ranges, 0-5,7, or *", text)
	}
	if n > highestPartition {
		return 0, fmt.Errorf("%s is no partition: Kafka has no topic with so many", text)
	}
	return int32(n), nil
}

// String returns the set as configuration spells it.
func (p PartitionSet) String() string {
	var b strings.Builder
	b.WriteString(p.Topic)
	if p.IDs == nil {
		b.WriteString("[*]")
	} else {
		b.WriteString("[" + printIDs(p.IDs) + "]")
	}
	if !p.Start.IsZero() {
		b.WriteString("@" + p.Start.String())
	}
	return b.String()
}

// printIDs writes sorted ids with ranges: "0-5,7".
func printIDs(ids []int32) string {
	var parts []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && ids[j+1] == ids[j]+1 {
			j++
		}
		if j == i {
			parts = append(parts, strconv.Itoa(int(ids[i])))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", ids[i], ids[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// partitionKey makes a key of a list whose elements hold commas in brackets,
// and reads each element once, so that a mistake is found where it stands.
func partitionKey(name string, field func(*Settings) *Value[[]string]) Key {
	k := listKey(name, field)
	set := k.set
	k.set = func(s *Settings, v any, origin string) error {
		switch x := v.(type) {
		case string:
			v = splitOutside(x)
		case SecretText:
			v = SecretList(splitOutside(string(x)))
		}
		elements, err := list(v)
		if err != nil {
			return err
		}
		for _, e := range elements {
			if _, err := ParsePartitions(e); err != nil {
				return err
			}
		}
		return set(s, v, origin)
	}
	return k
}

// splitOutside splits at the commas that are in no brackets.
func splitOutside(text string) []string {
	var out []string
	begin, open := 0, 0
	add := func(end int) {
		if part := strings.TrimSpace(text[begin:end]); part != "" {
			out = append(out, part)
		}
		begin = end + 1
	}
	for i, r := range text {
		switch {
		case r == '[':
			open++
		case r == ']' && open > 0:
			open--
		case r == ',' && open == 0:
			add(i)
		}
	}
	add(len(text))
	return out
}
