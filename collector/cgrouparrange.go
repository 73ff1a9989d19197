package collector

import (
	"cmp"
	"slices"
	"strings"
)

// arrange makes the nodes of the directories, keeping those that stay.
func (c *cgroupCollector) arrange() {
	found := make(map[string]*cgroupNode, len(c.nodes))
	var all []*cgroupNode
	for _, t := range c.hierarchies.trees {
		for _, d := range t.dirs {
			n := found[d.path]
			if n == nil {
				n = &cgroupNode{path: d.path, home: d}
				found[d.path] = n
				all = append(all, n)
			}
			c.assign(n, t, d)
		}
	}
	slices.SortFunc(all, func(a, b *cgroupNode) int { return comparePaths(a.path, b.path) })
	c.nodes = c.nodes[:0]
	listed := make(map[string]*cgroupNode, len(all))
	for _, n := range all {
		above := nearestAbove(n.path, listed)
		kind := cgroupKind(n.path, above)
		if kind == "" {
			continue
		}
		if old := c.byPath[n.path]; old != nil && old.dirs == n.dirs && old.home == n.home {
			n = old
			n.parent = above
		} else {
			c.describe(n, above, kind)
		}
		listed[n.path] = n
		n.place = len(c.nodes)
		c.nodes = append(c.nodes, n)
	}
	c.byPath = listed
}

// assign gives a node the sources that a directory of t has, unless a better tree
// has given them.
func (c *cgroupCollector) assign(n *cgroupNode, t *cgroupTree, d *cgroupDir) {
	for source, trees := range c.hierarchies.sources {
		place := slices.Index(trees, t)
		if place < 0 {
			continue
		}
		if had := n.dirs[source]; had == nil || slices.Index(trees, had.tree) > place {
			n.dirs[source] = d
		}
	}
}

func (c *cgroupCollector) describe(n *cgroupNode, above *cgroupNode, kind string) {
	n.parent, n.member = above, membershipOf(n.path)
	n.limit, n.limitStatus = noCgroupLimit, Unsupported
	n.entry = &Cgroup{
		Path: n.path, Kind: kind, Name: cgroupName(n.path, kind, n.member), NameStatus: OK,
		Unit: n.member.unit, Slice: n.member.slice, Container: n.member.container,
		Runtime: n.member.runtime, Pod: n.member.pod,
	}
	if above != nil {
		n.entry.Parent = above.path
	}
}

// comparePaths orders directories before what is in them, and those of one
// directory as people count.
func comparePaths(a, b string) int {
	for a != "" && b != "" {
		var first, second string
		first, a, _ = strings.Cut(a, "/")
		second, b, _ = strings.Cut(b, "/")
		if order := naturalCompare(first, second); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

// nearestAbove is the nearest directory above path that is listed.
func nearestAbove(path string, listed map[string]*cgroupNode) *cgroupNode {
	for path != "/" && path != "" {
		path = path[:strings.LastIndexByte(path, '/')]
		if path == "" {
			path = "/"
		}
		if n := listed[path]; n != nil {
			return n
		}
	}
	return nil
}
