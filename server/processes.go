package server

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

// How much may be asked for at once. A row of a page costs some hundred times what
// it says.
const (
	mostRows     = 10_000 // of a program
	usualRows    = 25     // of one that says nothing
	mostPageRows = 500    // of a page
	mostText     = 200    // bytes of what is looked for
)

// processTable answers with the table of the processes as one viewer wants it,
// to be put in the page.
func (s *Server) processTable(w http.ResponseWriter, r *http.Request) {
	table, err := parseProcessTable(r.URL.Query())
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	s.fragment(w, r, "processes", views.ProcessView(s.Feed.Latest(), table))
}

// processPage answers with what is known of one process. Where start is given it is
// the one that began then: numbers are used again.
func (s *Server) processPage(w http.ResponseWriter, r *http.Request) {
	pid, err := strconv.Atoi(r.PathValue("pid"))
	if err != nil || pid < 0 {
		s.notFound(w, r)
		return
	}
	var start uint64
	if text := r.URL.Query().Get("start"); text != "" {
		if start, err = strconv.ParseUint(text, 10, 64); err != nil {
			s.refuse(w, r, http.StatusBadRequest, fmt.Sprintf("start=%.20q: allowed is a number of ticks", text))
			return
		}
	}
	document, found := views.Process(s.shell(r), pid, start)
	code := http.StatusOK
	if !found {
		code = http.StatusNotFound
	}
	s.page(w, r, code, document, "'none'")
}

// processes answers with every process that is asked for, where the channel of
// that name has the top ones only.
func (s *Server) processes(w http.ResponseWriter, r *http.Request) {
	query, err := parseProcessQuery(r.URL.Query(), usualRows, mostRows)
	if scale := r.URL.Query().Get("cpu"); err == nil && scale != "" && scale != "core" {
		err = fmt.Errorf("cpu=%.20q: allowed is core, of which cpu_percent always is", scale)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	latest := s.latestWith(w, "processes", func(s *collector.Snapshot) collector.Section { return s.Processes })
	if latest == nil {
		return
	}
	rows, matched := latest.SelectProcesses(query)
	writeRows(w, headOf(latest, latest.Processes, latest.Processes.Value.Total, matched, api.Missing(&rows)), "processes", rows)
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

// parseProcessQuery reads q, user, unit, sort (or by, the name that the heads of
// the columns send), order and limit, which is usual without one and may be most.
func parseProcessQuery(values url.Values, usual, most int) (q collector.ProcessQuery, err error) {
	q = views.DefaultProcessTable().ProcessQuery
	if q.Text, err = parseText(values, "q"); err != nil {
		return q, err
	}
	if q.User, err = parseText(values, "user"); err != nil {
		return q, err
	}
	if q.Unit, err = parseText(values, "unit"); err != nil {
		return q, err
	}
	if q.Sort, err = parseSort(values, "", q.Sort, collector.ProcessSorts()); err != nil {
		return q, err
	}
	if q.Ascending, err = parseOrder(values, ""); err != nil {
		return q, err
	}
	q.Limit, err = parseLimit(values, "", usual, most)
	return q, err
}

// parseProcessTable reads what a page may ask for: the query, and cpu.
func parseProcessTable(values url.Values) (t views.ProcessTable, err error) {
	if t.ProcessQuery, err = parseProcessQuery(values, views.DefaultProcessTable().Limit, mostPageRows); err != nil {
		return t, err
	}
	switch scale := values.Get("cpu"); scale {
	case "", "core":
	case "host":
		t.OfHost = true
	default:
		return t, fmt.Errorf("cpu=%.20q: allowed are core and host", scale)
	}
	if t.Tree, err = parseTree(values); err != nil {
		return t, err
	}
	if t.Tree && values.Get("limit") == "" && values.Get("more") == "" {
		t.Limit = views.TreeLimit
	}
	return t, nil
}

func parseTree(values url.Values) (bool, error) {
	switch tree := values.Get("tree"); tree {
	case "on":
		return true, nil
	case "", "off":
		return values.Has("tree") && tree == "", nil
	default:
		return false, fmt.Errorf("tree=%.20q: allowed are on and off", tree)
	}
}

func parseText(values url.Values, name string) (string, error) {
	text := values.Get(name)
	if len(text) > mostText {
		return "", fmt.Errorf("%s has %d bytes: allowed are up to %d bytes", name, len(text), mostText)
	}
	return text, nil
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

func parseLimit(values url.Values, prefix string, usual, most int) (int, error) {
	// What asks for more rows stands beside the limit of the form.
	text := cmp.Or(values.Get(prefix+"more"), values.Get(prefix+"limit"))
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%slimit=%.20q: allowed is a number of rows from 1 to %d", prefix, text, most)
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

// fragment answers with markup that the page puts in a panel. A browser that was sent
// to the address itself is led to the page, with what was asked of the panel.
func (s *Server) fragment(w http.ResponseWriter, r *http.Request, panel string, component templ.Component) {
	w.Header().Add("Vary", "Accept, HX-Request")
	if r.Header.Get("HX-Request") == "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
		page := url.URL{Path: s.BasePath + "/", RawQuery: r.URL.RawQuery, Fragment: panel}
		http.Redirect(w, r, page.String(), http.StatusSeeOther)
		return
	}
	s.page(w, r, http.StatusOK, component, "'none'")
}
