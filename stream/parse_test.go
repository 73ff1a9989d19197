package stream_test

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// message is what a client learns at once: an event, or a comment line, which
// clients drop and tests look for.
type message struct {
	id      string // last event id when the event was dispatched
	name    string
	data    string
	retry   time.Duration // of a retry line in the event's own block
	comment string
}

func (m message) isEvent() bool { return m.name != "" }

// parser reads an event stream as section 9.2.6 of the HTML standard says. It
// returns each event as soon as its blank line is there.
type parser struct {
	r     *bufio.Reader
	begun bool
	wasCR bool

	id, name string
	data     strings.Builder
	retry    time.Duration
	asked    time.Duration // reconnection time in force, heeded wherever it stands
}

func newParser(r io.Reader) *parser { return &parser{r: bufio.NewReader(r)} }

// next blocks until there is a message. An unfinished block at the end of the
// stream is dropped.
func (p *parser) next() (message, error) {
	for {
		line, err := p.line()
		if err != nil {
			return message{}, err
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if m, ok := p.dispatch(); ok {
				return m, nil
			}
		case field == "":
			return message{comment: value}, nil
		default:
			p.field(field, value)
		}
	}
}

func (p *parser) field(field, value string) {
	switch field {
	case "event":
		p.name = value
	case "data":
		p.data.WriteString(value + "\n")
	case "id":
		if !strings.Contains(value, "\x00") {
			p.id = value
		}
	case "retry":
		if ms, err := strconv.ParseUint(value, 10, 32); err == nil && value[0] != '+' {
			p.asked = time.Duration(ms) * time.Millisecond
			p.retry = p.asked
		}
	}
}

func (p *parser) dispatch() (message, bool) {
	m := message{id: p.id, name: p.name, data: p.data.String(), retry: p.retry}
	p.name, p.retry = "", 0
	p.data.Reset()
	if m.data == "" {
		return message{}, false
	}
	m.data = strings.TrimSuffix(m.data, "\n")
	if m.name == "" {
		m.name = "message"
	}
	return m, true
}

// line ends at LF, CR or CRLF. It does not wait for the LF behind a CR, which
// may be a long time in coming.
func (p *parser) line() (string, error) {
	var b strings.Builder
	for {
		r, _, err := p.r.ReadRune()
		if err != nil {
			return "", err
		}
		first, afterCR := !p.begun, p.wasCR
		p.begun, p.wasCR = true, r == '\r'
		switch {
		case first && r == '\uFEFF', afterCR && r == '\n':
		case r == '\n', r == '\r':
			return b.String(), nil
		default:
			b.WriteRune(r)
		}
	}
}

// parse returns the events of a stream that ended.
func parse(t *testing.T, wire string) (events []message) {
	t.Helper()
	p := newParser(strings.NewReader(wire))
	for {
		m, err := p.next()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.isEvent() {
			events = append(events, m)
		}
	}
}

// The oracle needs a check of its own.
func TestParser(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		want       []message
	}{
		{"lines are joined", "data: a\ndata:b\ndata:  c\n\n", []message{{name: "message", data: "a\nb\n c"}}},
		{"every line end", "data: a\rdata: b\r\ndata: c\n\r\r\n", []message{{name: "message", data: "a\nb\nc"}}},
		{"byte order mark", "\uFEFFdata: a\n\n", []message{{name: "message", data: "a"}}},
		{"a second mark is part of the field", "\uFEFF\uFEFFdata: a\n\n", nil},
		{"comment", ": hello\ndata: a\n:\n\n", []message{{name: "message", data: "a"}}},
		{"no data, no event", "event: x\nid: 1\n\ndata: a\n\n", []message{{id: "1", name: "message", data: "a"}}},
		{"empty data is an event", "data\n\n", []message{{name: "message"}}},
		{"the id stays", "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []message{{id: "1", name: "message", data: "a"}, {id: "1", name: "message", data: "b"}, {name: "message", data: "c"}}},
		{"an id with NUL is ignored", "id: 1\nid: 2\x00\ndata: a\n\n", []message{{id: "1", name: "message", data: "a"}}},
		{"retry", "retry: 1500\ndata: a\n\ndata: b\n\n", []message{{name: "message", data: "a", retry: 1500 * time.Millisecond}, {name: "message", data: "b"}}},
		{"retry of other than digits", "retry: 1s\nretry: -1\nretry: +1\nretry:\ndata: a\n\n", []message{{name: "message", data: "a"}}},
		{"unknown field", "date: a\nDATA: b\ndata: c\n\n", []message{{name: "message", data: "c"}}},
		{"name", "event: a\nevent: b\ndata\n\n", []message{{name: "b"}}},
		{"unfinished", "data: a\n\ndata: b\n", []message{{name: "message", data: "a"}}},
	} {
		if got := parse(t, c.wire); !slices.Equal(got, c.want) {
			t.Errorf("%s: parse(%q) = %+v, want %+v", c.name, c.wire, got, c.want)
		}
	}
}

// received is how text arrives that was sent as data.
func received(text []byte) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(string(text), "\uFFFD"))
}

// checkWire fails if the bytes could be read in more than one way.
func checkWire(t *testing.T, wire []byte) {
	t.Helper()
	if !utf8.Valid(wire) {
		t.Errorf("invalid UTF-8 on the wire: %q", wire)
	}
	if strings.Contains(string(wire), "\r") {
		t.Errorf("CR on the wire: %q", wire)
	}
	if strings.HasPrefix(string(wire), "\uFEFF") {
		t.Errorf("byte order mark on the wire: %q", wire)
	}
	for line := range strings.Lines(string(wire)) {
		if !strings.HasPrefix(line, "data:") && strings.Contains(line, "\x00") {
			t.Errorf("NUL outside of data: %q", line)
		}
	}
}
