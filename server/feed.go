package server

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/notices"
	"github.com/tacho-monitor/tacho/stream"
	"github.com/tacho-monitor/tacho/views"
)

// Feed turns each snapshot into one frame of HTML and one of JSON. Nothing is
// rendered or encoded before a client asks for it, and then once for all.
type Feed struct {
	html, json *stream.Hub
	panels     []views.Panel
	log        *slog.Logger
	latest     atomic.Pointer[collector.Snapshot]
	watch      notices.Watch
	notices    atomic.Pointer[[]notices.Notice]
}

// ringBudget bounds the memory that snapshots take which are kept for clients
// that come back, so that a large machine cannot make tacho a large program.
const ringBudget = 8 << 20

// NewFeed returns a feed whose streams replay up to ring ticks.
func NewFeed(ring int, log *slog.Logger) *Feed {
	boot := stream.NewBoot()
	return &Feed{
		html:   &stream.Hub{Boot: boot, Ring: ring},
		json:   &stream.Hub{Boot: boot, Ring: ring, Budget: ringBudget},
		panels: views.Panels(),
		log:    log,
		watch:  notices.Watch{Run: boot.String()},
	}
}

// Publish makes s the snapshot that pages show and streams send. It does not
// block and must not be called twice at a time.
func (f *Feed) Publish(s *collector.Snapshot) {
	f.latest.Store(s)
	found := f.notice(s)
	f.html.Publish(f.htmlFrame(s, found))
	f.json.Publish(f.jsonFrame(s, found))
}

// Latest is the newest snapshot, nil before the first.
func (f *Feed) Latest() *collector.Snapshot { return f.latest.Load() }

// Stats are the counters of both kinds of stream together.
func (f *Feed) Stats() stream.Stats { return f.html.Stats().Plus(f.json.Stats()) }

// Close says goodbye to every stream.
func (f *Feed) Close() {
	f.html.Close()
	f.json.Close()
}

// htmlFrame keeps the few numbers of the charts for those who return, and the
// panels, which describe the present, only for as long as they do.
func (f *Feed) htmlFrame(s *collector.Snapshot, found []notices.Notice) *stream.Frame {
	id := f.html.Boot.ID(s.Seq)
	sample := stream.Event{ID: id, Name: "sample", Data: views.Sample(s)}.AppendTo(appendNotices(nil, found))
	all := f.Notices()
	return &stream.Frame{
		Seq:      s.Seq,
		Interval: s.Interval,
		Kept:     stream.NewBlock(sample, 0, nil, nil),
		Live: stream.NewBlock(id.AppendLine(nil), len(f.panels), func(i int) []byte {
			return stream.AppendData(nil, f.render(f.panels[i].With(all), s))
		}, []byte("\n")),
	}
}

func (f *Feed) jsonFrame(s *collector.Snapshot, found []notices.Notice) *stream.Frame {
	head := stream.AppendData(f.json.Boot.ID(s.Seq).AppendLine(appendNotices(nil, found)), api.Head(s))
	return &stream.Frame{
		Seq:      s.Seq,
		Interval: s.Interval,
		Kept: stream.NewBlock(head, len(api.Channels()), func(i int) []byte {
			return stream.AppendData(nil, f.segment(s, i))
		}, append(stream.AppendData(nil, api.Tail()), '\n')),
		Weight: weigh(s),
	}
}

// weigh estimates how many bytes a snapshot takes: as it is, as JSON, and that
// compressed.
func weigh(s *collector.Snapshot) int {
	const base, core, disk, link, mount, skipped = 16 << 10, 1 << 10, 2 << 10, 2 << 10, 2 << 10, 256
	const process, group, sensor, gpu = 1 << 10, 2 << 10, 1 << 10, 4 << 10
	v := &s.Sensors.Value
	sensors := len(v.Temperatures) + len(v.Fans) + len(v.Voltages) + len(v.Currents) + len(v.Powers) + len(v.Humidities)
	plain := base + core*len(s.CPU.Value.Cores) + disk*len(s.Disks.Value) + link*len(s.Network.Value) +
		mount*len(s.Mounts.Value.Mounts) + skipped*len(s.Mounts.Value.Skipped) +
		process*len(s.Processes.Value.Top) + group*len(s.Cgroups.Value.Top) + sensor*sensors + gpu*len(s.GPUs.Value.Devices)
	return plain + plain/8
}

// segment is a channel as JSON, nothing for one that cannot be encoded: a panic
// here would end the streams of all.
func (f *Feed) segment(s *collector.Snapshot, i int) (json []byte) {
	defer func() {
		if fault := recover(); fault != nil {
			f.log.Error("channel not encoded", "channel", api.Channels()[i], "error", fmt.Sprint(fault))
			json = nil
		}
	}()
	return api.Segment(s, i)
}

// render replaces a panel that fails by a word about that: a fault of one panel
// is that one's.
func (f *Feed) render(p views.Panel, s *collector.Snapshot) []byte {
	html, err := markup(func() templ.Component { return p.Partial(s) })
	if err != nil {
		f.log.Error("panel not rendered", "panel", p.Name, "error", err)
		html, _ = markup(p.Broken)
	}
	return html
}

// markup renders a component, and turns a panic in it into an error.
func markup(component func() templ.Component) (html []byte, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			html, err = nil, fmt.Errorf("panic: %v", fault)
		}
	}()
	var b bytes.Buffer
	err = component().Render(context.Background(), &b)
	return b.Bytes(), err
}
