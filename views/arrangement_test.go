package views

import (
	"slices"
	"strings"
	"testing"
)

// shown are the panels as a page has them: "-" before those that are folded, "+"
// behind those that take all of the width alone.
func shown(panels []Panel) string {
	var names []string
	for _, p := range panels {
		name := p.Name
		if p.folded {
			name = "-" + name
		}
		if p.lone {
			name += "+"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestArrangement(t *testing.T) {
	panels := []Panel{{Name: "cpu"}, {Name: "memory"}, {Name: "disks"}, {Name: "table", wide: true}, {Name: "kernel"}}
	for text, want := range map[string]string{
		"":                                  "cpu memory disks+ table kernel+",
		"-cpu,memory,cpu":                   "-cpu memory disks+ table kernel+",
		"memory,cpu":                        "memory disks table kernel cpu",
		"cpu,memory,-disks,table,kernel":    "cpu memory -disks+ table kernel+",
		"disks,gone,cpu,disks":              "disks+ table kernel cpu memory+",
		"-table":                            "cpu memory disks+ -table kernel+",
		"table,memory":                      "cpu+ table kernel memory disks+",
		",,-,<script>,--cpu,\x00,-memory-,": "cpu memory disks+ table kernel+",
	} {
		if got := shown(ParseArrangement(text).of(panels)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if slices.ContainsFunc(panels, func(p Panel) bool { return p.folded || p.lone }) {
		t.Error("the usual panels are changed")
	}
}
