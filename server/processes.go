package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

// mostRows is how many rows a viewer may ask for at once.
const mostRows = 10_000

// processTable answers with the table of the processes as one viewer wants it,
// to be put in the page.
func (s *Server) processTable(w http.ResponseWriter, r *http.Request) {
	table, err := parseProcessTable(r.URL.Query())
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	s.fragment(w, r, views.ProcessView(s.Feed.Latest(), table))
}

// processes answers with every process that is asked for, where the channel of
// that name has the top ones only.
func (s *Server) processes(w http.ResponseWriter, r *http.Request) {
	table, err := parseProcessTable(r.URL.Query())
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	latest := s.latestWith(w, "processes", func(s *collector.Snapshot) collector.Section { return s.Processes })
	if latest == nil {
		return
	}
	rows, matched := latest.Processes.Value.Select(table.ProcessQuery)
	writeJSON(w, struct {
		rowsHead
		Processes []*collector.Process `json:"processes"`
	}{headOf(latest, latest.Processes, latest.Processes.Value.Total, matched, api.Missing(&rows)), rows})
}

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

// latestWith is the newest snapshot where it has the section. Otherwise it
// answers why not and returns nil.
func (s *Server) latestWith(w http.ResponseWriter, name string, of func(*collector.Snapshot) collector.Section) *collector.Snapshot {
	latest := s.latestFor(w)
	if latest == nil {
		return nil
	}
	section := of(latest)
	if section.Has() {
		return latest
	}
	why := section.Status().String()
	if fault := section.Fault(); fault != nil {
		why = fault.Error()
	}
	writeError(w, http.StatusServiceUnavailable, "no "+name+": "+why)
	return nil
}

// parseProcessTable reads q, user, unit, sort (or by, the name that the heads of
// the columns send), order, cpu and limit.
func parseProcessTable(values url.Values) (views.ProcessTable, error) {
	t := views.DefaultProcessTable()
	t.Text, t.User, t.Unit = values.Get("q"), values.Get("user"), values.Get("unit")
	var err error
	if t.Sort, err = parseSort(values, "", t.Sort, collector.ProcessSorts()); err != nil {
		return t, err
	}
	if t.Ascending, err = parseOrder(values, ""); err != nil {
		return t, err
	}
	if t.Limit, err = parseLimit(values, "", t.Limit); err != nil {
		return t, err
	}
	switch scale := values.Get("cpu"); scale {
	case "", "core":
	case "host":
		t.OfHost = true
	default:
		return t, fmt.Errorf("cpu=%.20q: allowed are core and host", scale)
	}
	return t, nil
}

func parseSort(values url.Values, prefix, usual string, allowed []string) (string, error) {
	for _, name := range []string{prefix + "by", prefix + "sort"} {
		key := values.Get(name)
		switch {
		case key == "":
		case slices.Contains(allowed, key):
			return key, nil
		default:
			return "", fmt.Errorf("%s=%.20q: allowed are %s", name, key, strings.Join(allowed, ", "))
		}
	}
	return usual, nil
}

func parseOrder(values url.Values, prefix string) (ascending bool, err error) {
	switch order := values.Get(prefix + "order"); order {
	case "", "desc":
		return false, nil
	case "asc":
		return true, nil
	default:
		return false, fmt.Errorf("%sorder=%.20q: allowed are asc and desc", prefix, order)
	}
}

func parseLimit(values url.Values, prefix string, usual int) (int, error) {
	text := values.Get(prefix + "limit")
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostRows {
		return 0, fmt.Errorf("%slimit=%.20q: allowed is a number of rows from 1 to %d", prefix, text, mostRows)
	}
	return n, nil
}

// chosenProcesses is what the query of a page wants to see, nil when it says nothing
// about that.
func chosenProcesses(values url.Values) (*views.ProcessTable, error) {
	t, err := parseProcessTable(values)
	if err != nil || t == views.DefaultProcessTable() {
		return nil, err
	}
	return &t, nil
}

// fragment answers with markup that a page puts in itself.
func (s *Server) fragment(w http.ResponseWriter, r *http.Request, component templ.Component) {
	s.page(w, r, http.StatusOK, component, "'none'")
}
