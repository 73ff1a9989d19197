package stream

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"
)

// Event is one block of the wire format. A zero field is left out.
type Event struct {
	Retry time.Duration // reconnection time to ask of the client
	ID    ID
	Name  string // event type; "" arrives as "message"
	Data  []byte
}

// AppendTo appends the block, ended by its blank line. Data may hold any bytes:
// each line of it becomes a data line, and invalid UTF-8 is replaced. Control
// characters in Name, which would end its line, are dropped.
func (e Event) AppendTo(dst []byte) []byte {
	if e.Retry > 0 {
		dst = appendRetry(dst, e.Retry)
	}
	dst = e.ID.AppendLine(dst)
	if e.Name != "" {
		dst = append(dst, "event: "...)
		for _, r := range e.Name {
			if r >= ' ' {
				dst = utf8.AppendRune(dst, r)
			}
		}
		dst = append(dst, '\n')
	}
	if e.Data != nil {
		dst = AppendData(dst, e.Data)
	}
	return append(dst, '\n')
}

func appendRetry(dst []byte, retry time.Duration) []byte {
	dst = append(dst, "retry: "...)
	dst = strconv.AppendInt(dst, retry.Milliseconds(), 10)
	return append(dst, '\n')
}

// AppendData appends data as data lines, without the blank line that would end
// their block. A line ends at CR, LF or CRLF, as in the parsing rules, so no CR
// reaches the wire; a client joins the lines again with LF.
func AppendData(dst, data []byte) []byte {
	if !utf8.Valid(data) {
		data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	for {
		end := bytes.IndexAny(data, "\r\n")
		line := data
		if end >= 0 {
			line = data[:end]
		}
		dst = append(dst, "data: "...)
		dst = append(dst, line...)
		dst = append(dst, '\n')
		if end < 0 {
			return dst
		}
		if bytes.HasPrefix(data[end:], []byte("\r\n")) {
			end++
		}
		data = data[end+1:]
	}
}

// appendComment appends a line that clients ignore, ended by a blank line so
// that a proxy or client which waits for whole blocks passes it on.
func appendComment(dst []byte, text string) []byte {
	dst = append(dst, ": "...)
	dst = append(dst, text...)
	return append(dst, "\n\n"...)
}
