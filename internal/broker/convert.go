package broker

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// partitions names the client's partitions.
func partitions(list []kafka.TopicPartition) []Partition {
	parts := make([]Partition, len(list))
	for i, tp := range list {
		parts[i] = Partition{*tp.Topic, tp.Partition}
	}
	return parts
}

// toClientList is parts for the client, without offsets.
func toClientList(parts []Partition) []kafka.TopicPartition {
	list := make([]kafka.TopicPartition, len(parts))
	for i, p := range parts {
		list[i] = kafka.TopicPartition{Topic: &p.Topic, Partition: p.ID, Offset: kafka.OffsetInvalid}
	}
	return list
}

// toClient is o for the client. A leader epoch of 0 is left out: it is more
// often a forgotten field than the first leader's, and a wrong one makes the
// client believe that the log was truncated.
func toClient(o Offset) kafka.TopicPartition {
	tp := kafka.TopicPartition{Topic: &o.Topic, Partition: o.ID, Offset: kafka.Offset(o.Offset)}
	if o.Metadata != "" {
		tp.Metadata = &o.Metadata
	}
	if o.LeaderEpoch > 0 {
		tp.LeaderEpoch = &o.LeaderEpoch
	}
	return tp
}

// fromClient is the client's answer about partitions.
func fromClient(op string, list []kafka.TopicPartition) []Offset {
	offsets := make([]Offset, len(list))
	for i, tp := range list {
		at := Partition{*tp.Topic, tp.Partition}
		offsets[i] = Offset{Partition: at, Offset: int64(tp.Offset), LeaderEpoch: epochOf(&tp), Err: wrap(op, at, tp.Error)}
		if tp.Metadata != nil {
			offsets[i].Metadata = *tp.Metadata
		}
	}
	return offsets
}

// epochOf is tp's leader epoch, -1 when the client does not know it.
func epochOf(tp *kafka.TopicPartition) int32 {
	if tp.LeaderEpoch == nil {
		return -1
	}
	return *tp.LeaderEpoch
}
