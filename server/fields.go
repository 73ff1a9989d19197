package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tacho-monitor/tacho/views"
)

// fieldsPage lists every number of a panel, with where it comes from.
func (s *Server) fieldsPage(w http.ResponseWriter, r *http.Request) {
	panel, ok := views.PanelByName(r.PathValue("panel"))
	if !ok || len(panel.Sections()) == 0 {
		s.refuse(w, r, http.StatusNotFound, "There is no panel with numbers of that name. Those that have some are "+strings.Join(s.panelsWithNumbers(), ", ")+".")
		return
	}
	s.page(w, r, http.StatusOK, views.Fields(s.shell(r), panel), "'none'")
}

func (s *Server) panelsWithNumbers() []string {
	return slices.DeleteFunc(slices.Clone(s.panels), func(name string) bool {
		panel, _ := views.PanelByName(name)
		return len(panel.Sections()) == 0
	})
}
