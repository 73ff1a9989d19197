package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// written counts the writes and keeps the longest.
type written struct {
	bytes.Buffer
	longest int
}

func (w *written) Write(b []byte) (int, error) {
	w.longest = max(w.longest, len(b))
	return w.Buffer.Write(b)
}

// Rows leave one after the other: what is held of them does not grow with their number.
func TestRowsAreStreamed(t *testing.T) {
	var out written
	rows := make([]string, 5000)
	for i := range rows {
		rows[i] = "a row <of> some length"
	}
	if err := encodeRows(bufio.NewWriterSize(&out, 1024), rowsHead{Seq: 7, Total: 5000}, "rows", rows); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seq, Total int
		Rows       []string
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Seq != 7 || got.Total != 5000 || len(got.Rows) != len(rows) || got.Rows[4999] != rows[0] {
		t.Errorf("%v, %d rows", err, len(got.Rows))
	}
	if out.longest > 1024 {
		t.Errorf("%d bytes at once", out.longest)
	}
}

type unwritable struct{}

func (unwritable) MarshalJSON() ([]byte, error) { return nil, errors.New("no") }

// A fault must not look like the end of the list.
func TestRowsThatCannotBeWritten(t *testing.T) {
	var out written
	if err := encodeRows(bufio.NewWriter(&out), rowsHead{}, "rows", []any{1, unwritable{}}); err == nil || json.Valid(out.Bytes()) {
		t.Errorf("%v, %q", err, out.String())
	}
}
