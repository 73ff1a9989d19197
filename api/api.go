// Package api writes snapshots as JSON: one segment a channel, so that any set
// of channels is a concatenation. docs/api.md describes the shape.
package api

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// channel is one section of a snapshot, or what follows from all of them, under
// the name that clients ask for.
type channel struct {
	name    string
	section func(*collector.Snapshot) section
}

var channels = []channel{
	{"findings", judged},
	{"host", func(s *collector.Snapshot) section { return sectionOf(&s.Host, s.Time) }},
	{"cpu", func(s *collector.Snapshot) section { return sectionOf(&s.CPU, s.Time) }},
	{"load", func(s *collector.Snapshot) section { return sectionOf(&s.Load, s.Time) }},
	{"memory", func(s *collector.Snapshot) section { return sectionOf(&s.Memory, s.Time) }},
	{"swap", func(s *collector.Snapshot) section { return sectionOf(&s.Swap, s.Time) }},
	{"mounts", func(s *collector.Snapshot) section { return sectionOf(&s.Mounts, s.Time) }},
	{"disks", func(s *collector.Snapshot) section { return sectionOf(&s.Disks, s.Time) }},
	{"network", func(s *collector.Snapshot) section { return sectionOf(&s.Network, s.Time) }},
	{"processes", func(s *collector.Snapshot) section { return sectionOf(&s.Processes, s.Time) }},
	{"pressure", func(s *collector.Snapshot) section { return sectionOf(&s.Pressure, s.Time) }},
	{"kernel", func(s *collector.Snapshot) section { return sectionOf(&s.Kernel, s.Time) }},
	{"sockets", func(s *collector.Snapshot) section { return sectionOf(&s.Sockets, s.Time) }},
	{"connections", func(s *collector.Snapshot) section { return sectionOf(&s.Connections, s.Time) }},
	{"sensors", func(s *collector.Snapshot) section { return sectionOf(&s.Sensors, s.Time) }},
	{"raid", func(s *collector.Snapshot) section { return sectionOf(&s.RAID, s.Time) }},
	{"zfs", func(s *collector.Snapshot) section { return sectionOf(&s.ZFS, s.Time) }},
	{"cgroups", func(s *collector.Snapshot) section { return sectionOf(&s.Cgroups, s.Time) }},
	{"gpus", func(s *collector.Snapshot) section { return sectionOf(&s.GPUs, s.Time) }},
	{"clock", func(s *collector.Snapshot) section { return sectionOf(&s.Clock, s.Time) }},
	{"self", func(s *collector.Snapshot) section { return sectionOf(&s.Self, s.Time) }},
}

// Channels returns the names of the channels; [Segment] counts in this order.
func Channels() []string {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = c.name
	}
	return names
}

// section is the envelope that every channel's data comes in.
type section struct {
	Status  collector.Status  `json:"status"`
	Age     *float64          `json:"age_seconds"`                // null without data
	Every   float64           `json:"interval_seconds,omitempty"` // where it is read less often than each tick
	Error   *string           `json:"error"`                      // null when nothing is missing
	Missing map[string]string `json:"missing,omitempty"`          // why numbers in Data are null, by their paths
	Data    any               `json:"data"`                       // null where it would not be true
}

func sectionOf[T any](r *collector.Reading[T], now time.Time) section {
	s := section{Status: r.Status(), Every: r.Every.Seconds()}
	if r.Has() {
		age := math.Round(r.Age(now).Seconds()*1000) / 1000
		s.Age, s.Data, s.Missing = &age, &r.Value, Missing(&r.Value)
	}
	if r.Err != nil {
		text := r.Err.Error()
		s.Error = &text
	}
	return s
}

// judged has what is short, full, hot or broken by the snapshot, the worst first.
func judged(s *collector.Snapshot) section {
	found := findings.Of(s)
	if found == nil {
		found = []findings.Finding{}
	}
	return section{Status: collector.OK, Age: new(float64), Data: found}
}

// Head returns how an object begins, without its closing brace: the tick's own
// members. [Segment] and [Tail] complete it.
func Head(s *collector.Snapshot) []byte {
	head, err := json.Marshal(struct {
		Seq      uint64         `json:"seq"`
		Time     time.Time      `json:"time"`
		Interval float64        `json:"interval_seconds"`
		Late     float64        `json:"late_seconds"` // after its schedule
		Took     float64        `json:"took_seconds"` // until all was read
		Gap      *collector.Gap `json:"gap"`
	}{s.Seq, s.Time.UTC().Truncate(time.Millisecond), s.Interval.Seconds(), microseconds(s.Late), microseconds(s.Took), s.Gap})
	if err != nil {
		head, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return head[:len(head)-1]
}

// microseconds is a time in seconds, to the microsecond.
func microseconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }

// Segment returns the member of channel i, with the comma before it.
func Segment(s *collector.Snapshot, i int) []byte {
	member := strconv.AppendQuote([]byte{','}, channels[i].name)
	member = append(member, ':')
	data, err := json.Marshal(channels[i].section(s))
	if err != nil {
		text := err.Error()
		data, _ = json.Marshal(section{Status: collector.Failed, Error: &text})
	}
	return append(member, data...)
}

// Tail returns how an object ends.
func Tail() []byte { return []byte{'}'} }

// Object returns a snapshot with the channels that has reports, every one when
// it is nil.
func Object(s *collector.Snapshot, has func(channel int) bool) []byte {
	object := Head(s)
	for i := range channels {
		if has == nil || has(i) {
			object = append(object, Segment(s, i)...)
		}
	}
	return append(object, Tail()...)
}
