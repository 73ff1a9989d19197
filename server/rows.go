package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// rowsHead is what is to be said of the rows of a section.
type rowsHead struct {
	Seq     uint64            `json:"seq"`
	Status  collector.Status  `json:"status"`
	Age     float64           `json:"age_seconds"`
	Total   int               `json:"total"`   // rows that there are
	Matched int               `json:"matched"` // of which so many are asked for, without a limit
	Missing map[string]string `json:"missing,omitempty"`
}

func headOf(s *collector.Snapshot, section collector.Section, total, matched int, missing map[string]string) rowsHead {
	return rowsHead{s.Seq, section.Status(), section.Age(s.Time).Round(time.Millisecond).Seconds(), total, matched, missing}
}

// writeRows answers with an object of the members of head, and the rows as a list
// under name. It encodes one row at a time: all of them may be many megabytes.
// After the first bytes a fault can only end the connection, so that nobody takes
// a part for the whole.
func writeRows[T any](w http.ResponseWriter, head rowsHead, name string, rows []T) {
	w.Header().Set("Content-Type", "application/json")
	if encodeRows(bufio.NewWriterSize(w, 32<<10), head, name, rows) != nil {
		panic(http.ErrAbortHandler)
	}
}

func encodeRows[T any](w *bufio.Writer, head rowsHead, name string, rows []T) error {
	opening, err := json.Marshal(head)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s,%q:[", opening[:len(opening)-1], name)
	row := json.NewEncoder(w)
	for i := range rows {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := row.Encode(rows[i]); err != nil {
			return err
		}
	}
	w.WriteString("]}\n")
	return w.Flush()
}
