package contract

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// message is what a client learns at once: an event, or a comment, which clients
// drop and tests look for.
type message struct {
	id, name, data string
	retry          time.Duration // of a retry line in the event's own block
	comment        string
}

// parser reads an event stream as section 9.2.6 of the HTML standard says. It is
// stricter in what tacho promises beyond that: lines end with LF, and all is
// valid UTF-8.
type parser struct {
	r     *bufio.Reader
	block message
	data  []string // nil without a data line
}

func newParser(r io.Reader) *parser { return &parser{r: bufio.NewReader(r)} }

// next blocks until there is a message. The error is io.EOF only where a stream
// ends between two blocks.
func (p *parser) next() (message, error) {
	for {
		line, err := p.r.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && (line != "" || p.data != nil):
			return message{}, io.ErrUnexpectedEOF
		case err != nil:
			return message{}, err
		case !utf8.ValidString(line) || strings.Contains(line, "\r"):
			return message{}, fmt.Errorf("malformed line %.100q", line)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n" && p.data != nil:
			return p.dispatch(), nil
		case line == "\n":
			p.block.name = ""
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
		p.block.name = value
	case "data":
		p.data = append(p.data, value)
	case "id":
		p.block.id = value
	case "retry":
		ms, _ := strconv.Atoi(value)
		p.block.retry = time.Duration(ms) * time.Millisecond
	}
}

func (p *parser) dispatch() message {
	m := p.block
	m.data = strings.Join(p.data, "\n")
	if m.name == "" {
		m.name = "message"
	}
	p.block, p.data = message{id: m.id}, nil
	return m
}

// errLate is why a request ends that waits for too long.
var errLate = errors.New("nothing comes")

// reader is a client of a stream. Whatever it waits for comes in time, or the
// test fails.
type reader struct {
	*parser
	s        *site
	response *http.Response
	ctx      context.Context // of the request
	late     *time.Timer     // ends the request; it runs while something is waited for
	leave    func()          // hangs up
}

// ask sends a request to a site.
func (s *site) ask(query string, header ...string) *reader {
	s.t.Helper()
	ctx, end := context.WithCancelCause(context.Background())
	r := &reader{s: s, ctx: ctx, leave: func() { end(nil) }, late: time.AfterFunc(patience, func() { end(errLate) })}
	s.t.Cleanup(r.leave)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.way.front.url+"/"+s.name+"/?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.way.gzip {
		request.Header.Set("Accept-Encoding", "gzip")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	if r.response, err = s.way.client.Do(request); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { r.response.Body.Close() })
	r.decode()
	r.late.Stop()
	return r
}

// decode makes r ready to read the body of its response.
func (r *reader) decode() {
	r.s.t.Helper()
	body := io.Reader(r.response.Body)
	if r.response.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			r.s.t.Fatal(err)
		}
	}
	r.parser = newParser(body)
}

// get opens a stream and reads what stands before everything else.
func (s *site) get(query string, header ...string) *reader {
	s.t.Helper()
	r := s.ask(query, header...)
	s.wantHeaders(r.response)
	if m := r.message(); m.comment != "tacho" {
		s.t.Errorf("a stream begins with %+v", m)
	}
	return r
}

func (s *site) wantHeaders(r *http.Response) {
	s.t.Helper()
	coding := map[bool]string{true: "gzip"}[s.way.gzip]
	if r.StatusCode != http.StatusOK || r.ProtoMajor != s.way.major || r.Header.Get("Content-Encoding") != coding {
		s.t.Fatalf("%s %s %v", r.Proto, r.Status, r.Header)
	}
	for name, want := range map[string]string{
		"Content-Type":  "text/event-stream",
		"Cache-Control": "no-store, no-transform",
		"Vary":          "Accept-Encoding",
	} {
		if got := r.Header.Get(name); got != want {
			s.t.Errorf("%s: %s", name, got)
		}
	}
	if r.ProtoMajor == 2 && r.Header["Connection"] != nil {
		s.t.Error("HTTP/2 has no header Connection")
	}
}

// receive is next within patience. What a decoder has kept back and hands on when
// the request ends is late, and an error.
func (r *reader) receive() (message, error) {
	r.late.Reset(patience)
	defer r.late.Stop()
	m, err := r.next()
	if cause := context.Cause(r.ctx); cause != nil {
		return message{}, cause
	}
	return m, err
}

func (r *reader) message() message {
	r.s.t.Helper()
	m, err := r.receive()
	if err != nil {
		r.s.t.Fatal(err)
	}
	return m
}

// event returns the next message that is no comment.
func (r *reader) event() message {
	r.s.t.Helper()
	for {
		if m := r.message(); m.comment == "" {
			return m
		}
	}
}

func (r *reader) want(want message) {
	r.s.t.Helper()
	got := r.event()
	got.retry = 0
	if got != want {
		r.s.t.Errorf("got %.200q, want %.200q", fmt.Sprint(got), fmt.Sprint(want))
	}
}

// wantKept wants the events of earlier frames, and wantLive what comes behind
// that of the newest.
func (r *reader) wantKept(seqs ...uint64) {
	r.s.t.Helper()
	for _, seq := range seqs {
		r.want(message{id: r.s.hub.Boot.ID(seq).String(), name: "message", data: fmt.Sprintf("a%[1]d\nb%[1]d\nc%[1]d", seq)})
	}
}

func (r *reader) wantLive(seq uint64) {
	r.s.t.Helper()
	r.want(message{id: r.s.hub.Boot.ID(seq).String(), name: "live", data: fmt.Sprint(seq)})
}

// wantFrame wants all that a frame sends to those who watch.
func (r *reader) wantFrame(seq uint64) {
	r.s.t.Helper()
	r.wantKept(seq)
	r.wantLive(seq)
}

// wantEnd wants the stream to end as a whole one: with gzip, its length and
// checksum are right.
func (r *reader) wantEnd() {
	r.s.t.Helper()
	if m, err := r.receive(); err != io.EOF {
		r.s.t.Errorf("%+v, %v, want the end", m, err)
	}
}
