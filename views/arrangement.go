package views

import (
	"slices"
	"strings"
)

// Arrangement is how a viewer wants the panels: in what order, and which are folded
// to their heads. The zero one is the usual.
type Arrangement struct {
	order  []string
	folded map[string]bool
}

// ParseArrangement reads what addresses and cookies have: the names of panels in
// order, with a minus before those that are folded, divided by commas. It takes
// any text: names that no panel has are of another version of the page.
func ParseArrangement(text string) Arrangement {
	a := Arrangement{folded: make(map[string]bool)}
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		name, folded := strings.CutPrefix(part, "-")
		a.folded[name] = a.folded[name] || folded
		a.order = append(a.order, name)
	}
	return a
}

func (a Arrangement) isUsual() bool { return len(a.order) == 0 }

// of puts panels in order, folds them, and has those of half the width take all of
// it where they have nobody beside them. A panel that the order does not know stays
// behind its neighbour. assets/js/panels.js does the same.
func (a Arrangement) of(panels []Panel) []Panel {
	var names []string
	for _, name := range a.order {
		if !slices.Contains(names, name) && slices.ContainsFunc(panels, func(p Panel) bool { return p.Name == name }) {
			names = append(names, name)
		}
	}
	for i, p := range panels {
		if !slices.Contains(names, p.Name) {
			names = slices.Insert(names, 1+before(names, panels[:i]), p.Name)
		}
	}
	result := make([]Panel, len(panels))
	for _, p := range panels {
		p.folded = a.folded[p.Name]
		result[slices.Index(names, p.Name)] = p
	}
	fill(result)
	return result
}

// before is the place of the last of panels, -1 where there is none.
func before(names []string, panels []Panel) int {
	if len(panels) == 0 {
		return -1
	}
	return slices.Index(names, panels[len(panels)-1].Name)
}

func fill(panels []Panel) {
	left := false // a panel waits for one beside it
	for i, p := range panels {
		left = !p.wide && !left
		if left && (i+1 == len(panels) || panels[i+1].wide) {
			panels[i].lone = true
			left = false
		}
	}
}

// movable are the panels that a viewer can arrange; the others are the frame of the
// page.
func movable(panels []Panel) (result []Panel) {
	for _, p := range panels {
		switch p.Name {
		case "host", "findings", "glance", "self":
		default:
			result = append(result, p)
		}
	}
	return result
}

// usualOrder is for the scripts.
func usualOrder() string {
	var names []string
	for _, p := range movable(Panels()) {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}
