package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

// inPage is how the names of the parameters begin that choose the control groups
// on the page, where the processes have theirs too.
const inPage = "cgroup_"

// cgroupTable answers with the table of the units and containers as one viewer
// wants it, to be put in the page.
func (s *Server) cgroupTable(w http.ResponseWriter, r *http.Request) {
	table, err := parseCgroupTable(r.URL.Query(), inPage, mostPageRows)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	s.fragment(w, r, "cgroups", views.CgroupView(s.Feed.Latest(), table))
}

// cgroupPage answers with what is known of one control group.
func (s *Server) cgroupPage(w http.ResponseWriter, r *http.Request) {
	document, found := views.Cgroup(s.shell(r), "/"+r.PathValue("path"))
	code := http.StatusOK
	if !found {
		code = http.StatusNotFound
	}
	s.page(w, r, code, document, "'none'")
}

// cgroups answers with the control groups that are asked for.
func (s *Server) cgroups(w http.ResponseWriter, r *http.Request) {
	table, err := parseCgroupTable(r.URL.Query(), "", mostRows)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	latest := s.latestWith(w, "cgroups", func(s *collector.Snapshot) collector.Section { return s.Cgroups })
	if latest == nil {
		return
	}
	rows, matched := latest.Cgroups.Value.Select(table.CgroupQuery)
	writeRows(w, headOf(latest, latest.Cgroups, len(latest.Cgroups.Value.Cgroups), matched, api.Missing(&rows)), "cgroups", rows)
}

// parseCgroupTable reads q, kind, sort (or by), order and limit, which may be
// most, each with the prefix before it.
func parseCgroupTable(values url.Values, prefix string, most int) (views.CgroupTable, error) {
	t := views.DefaultCgroupTable()
	t.Kind = values.Get(prefix + "kind")
	var err error
	if t.Text, err = parseText(values, prefix+"q"); err != nil {
		return t, err
	}
	if t.Sort, err = parseSort(values, prefix, t.Sort, collector.CgroupSorts()); err != nil {
		return t, err
	}
	if t.Ascending, err = parseOrder(values, prefix); err != nil {
		return t, err
	}
	if kinds := views.CgroupKinds(); t.Kind != "" && !slices.Contains(kinds, t.Kind) {
		return t, fmt.Errorf("%skind=%.20q: allowed are %s", prefix, t.Kind, strings.Join(kinds, ", "))
	}
	t.Limit, err = parseLimit(values, prefix, t.Limit, most)
	return t, err
}

// chosenCgroups is what the query of a page wants to see, nil when it says
// nothing about that.
func chosenCgroups(values url.Values) (*views.CgroupTable, error) {
	t, err := parseCgroupTable(values, inPage, mostPageRows)
	if err != nil || t == views.DefaultCgroupTable() {
		return nil, err
	}
	return &t, nil
}
