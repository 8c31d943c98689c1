package forms

import (
	"time"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// ByHand registers what the comments declare, as somebody would who does
// without them. A suffix keeps ids and groups apart from the generated ones; the
// factories are left out where those are there.
func ByHand(suffix string) fx.Option {
	topic := listener.Topics("${app.topic}")
	group := func(name string) listener.Option { return listener.GroupID("${app.group}-" + name + suffix) }
	opts := []fx.Option{
		app.On("record"+suffix, (*Desk).OnRecord, topic, group("record")),
		app.OnAck("ack"+suffix, (*Desk).OnAck, topic, group("ack"), listener.Factory("manual")),
		app.OnBatch("batch"+suffix, (*Desk).OnBatch, topic, group("batch"), factory.MaxPollRecords(3)),
		app.OnBatchAck("batch-ack"+suffix, (*Desk).OnBatchAck, topic, group("batch-ack"), listener.Factory("manual")),
		app.Listen(func(d *Desk) listener.Listener {
			return listener.OnMessage("message"+suffix, d.OnMessage, topic, group("message"))
		}),
		app.OnValue("value"+suffix, (*Desk).OnValue, topic, group("value")),
		app.OnRequest("request"+suffix, (*Desk).OnRequest, topic, group("request"), listener.ReplyTo("${app.replies}")),
		app.Listen(
			listener.On("keyed"+suffix, onKeyed, topic, group("keyed"), listener.Factory("careful"),
				factory.Setting("concurrency", "${app.members:2}"), factory.Property("fetch.min.bytes", "1")),
			listener.On("plain"+suffix, listener.Value(onPlain), topic, group("plain"), factory.AckMode(ackmode.Count), factory.AckCount(2)),
		),
	}
	if suffix == "" {
		opts = append(opts,
			app.Factory("manual", factory.AckMode(ackmode.Manual), factory.AckTime(time.Second)),
			app.CustomFactory("careful", Careful, factory.AckMode(ackmode.Record), factory.Workers(7)))
	}
	return fx.Options(opts...)
}
