package stream_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

func FuzzEventRoundTrip(f *testing.F) {
	f.Add("", []byte("plain"), uint64(1), uint16(0))
	f.Add("bye", []byte("a\nb\r\nc\rd"), uint64(0), uint16(1500))
	f.Add("two\nlines", []byte("\r\r\n\n\r"), uint64(1)<<63, uint16(1))
	f.Add("\x00\x1b", []byte("\x00\xff\xfe\ud7ff\xed\xa0\x80"), uint64(7), uint16(0))
	f.Add(" event: x", []byte("\nid: 9\n\ndata: forged"), uint64(7), uint16(0))
	f.Add("\uFEFF", []byte(""), uint64(7), uint16(0))
	boot := stream.NewBoot()
	f.Fuzz(func(t *testing.T, name string, data []byte, seq uint64, ms uint16) {
		retry := time.Duration(ms) * time.Millisecond
		sent := []stream.Event{
			{Retry: retry, ID: boot.ID(seq), Name: name, Data: nonNil(data)},
			{Name: name},
			{Data: nonNil(data)},
		}
		var wire []byte
		for _, e := range sent {
			wire = e.AppendTo(wire)
		}
		checkWire(t, wire)
		want := []message{
			{id: boot.ID(seq).String(), name: receivedName(name), data: received(data), retry: retry},
			{id: boot.ID(seq).String(), name: "message", data: received(data)},
		}
		if got := parse(t, string(wire)); !slices.Equal(got, want) {
			t.Errorf("%q arrives as %+v, want %+v", wire, got, want)
		}
	})
}

func nonNil(data []byte) []byte { return append([]byte{}, data...) }

func receivedName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return "message"
	}
	return name
}

// Any set of a block's segments must be one event with their lines in order,
// whatever the segments hold.
func FuzzBlockConcatenation(f *testing.F) {
	f.Add("a|b|c", uint64(0b101))
	f.Add("\n|\r\n\r||\x00\xff", uint64(0b1111))
	f.Add("{\"a\":1|\n\ndata: forged\n\n|id: 1", uint64(0b110))
	f.Fuzz(func(t *testing.T, text string, bits uint64) {
		parts := strings.Split(text, "|")
		if len(parts) > 64 {
			return
		}
		id := stream.NewBoot().ID(3)
		block := stream.NewBlock(id.AppendLine(nil), len(parts), func(i int) []byte {
			return stream.AppendData(nil, []byte(parts[i]))
		}, []byte("data: end\n\n"))
		set := stream.Set(bits)
		var lines []string
		for i, part := range parts {
			if set.Has(i) {
				lines = append(lines, received([]byte(part)))
			}
		}
		want := []message{{id: id.String(), name: "message", data: strings.Join(append(lines, "end"), "\n")}}
		wire := block.Bytes(set)
		checkWire(t, wire)
		if got := parse(t, string(wire)); !slices.Equal(got, want) {
			t.Errorf("set %b of %q arrives as %+v, want %+v", bits, parts, got, want)
		}
		if again := block.AppendTo([]byte("x"), set); string(again) != "x"+string(wire) {
			t.Errorf("AppendTo gives %q, Bytes %q", again, wire)
		}
	})
}

func TestEventWithoutFieldsIsABlankLine(t *testing.T) {
	if got := (stream.Event{}).AppendTo(nil); string(got) != "\n" {
		t.Errorf("got %q", got)
	}
}

func TestChannelsParse(t *testing.T) {
	known := stream.Channels{"cpu", "memory", "disks"}
	for list, want := range map[string]stream.Set{
		"":                 0b111,
		"cpu":              0b001,
		"disks,cpu":        0b101,
		"memory,memory":    0b010,
		"cpu,memory,disks": 0b111,
	} {
		if got, err := known.Parse(list); got != want || err != nil {
			t.Errorf("Parse(%q) = %b, %v, want %b", list, got, err, want)
		}
	}
	for _, list := range []string{",", "cpu,", "CPU", " cpu", "cpu memory", "all", "\x00", strings.Repeat("x", 10000)} {
		got, err := known.Parse(list)
		if err == nil {
			t.Errorf("Parse(%.20q) = %b, want an error", list, got)
			continue
		}
		if text := err.Error(); !strings.Contains(text, "cpu, memory, disks") || len(text) > 200 || strings.ContainsAny(text, "\x00\n") {
			t.Errorf("Parse(%.20q): %v", list, err)
		}
	}
}

func TestAllOfSixtyFourChannels(t *testing.T) {
	all := make(stream.Channels, 64).All()
	for i := range 64 {
		if !all.Has(i) {
			t.Errorf("channel %d is not in the set of all", i)
		}
	}
	if none := (stream.Channels{}).All(); none != 0 {
		t.Errorf("all of no channels is %b", none)
	}
}
