package collector

import "path"

// mountTree finds the mounts that no path leads to any more, because another
// one was mounted over them or over a directory on the way to them. statfs on
// the mount point of such a one would measure the other.
type mountTree struct {
	entries []mountEntry
	byID    map[int]int
	at      map[mountPlace]int // the last mount there
	topmost map[string]int     // the last mount with this mount point that nothing covers
}

// mountPlace is a directory in a mount, by the path that leads there.
type mountPlace struct {
	parent     int
	mountpoint string
}

func newMountTree(entries []mountEntry) *mountTree {
	t := &mountTree{entries, make(map[int]int), make(map[mountPlace]int), make(map[string]int)}
	for i, e := range entries {
		t.byID[e.id] = i
		t.at[mountPlace{e.parent, e.mountpoint}] = i
	}
	for i, e := range entries {
		if t.covering(i) == i {
			t.topmost[e.mountpoint] = i
		}
	}
	return t
}

// hiddenBy returns the mount that keeps paths from leading to mount i.
func (t *mountTree) hiddenBy(i int) (other mountEntry, hidden bool) {
	j := t.covering(i)
	if j == i {
		j = t.topmost[t.entries[i].mountpoint]
	}
	return t.entries[j], j != i
}

// covering returns the mount that stands on mount i or on the way to it, or i
// where there is none.
func (t *mountTree) covering(i int) int {
	e := t.entries[i]
	if j, ok := t.at[mountPlace{e.id, e.mountpoint}]; ok && j != i {
		return j
	}
	// What hides a parent on the way to it hides its children. The number of
	// steps is bounded because the ids may form a circle if the text is damaged.
	for range t.entries {
		if j, ok := t.onTheWay(e); ok {
			return j
		}
		parent, ok := t.byID[e.parent]
		if !ok {
			break
		}
		e = t.entries[parent]
	}
	return i
}

// onTheWay returns a mount of the same parent on a directory that e's mount
// point lies in. Whichever came first, e is not below it, or it were e's parent.
func (t *mountTree) onTheWay(e mountEntry) (int, bool) {
	for dir := e.mountpoint; dir != "/"; {
		dir = path.Dir(dir)
		if j, ok := t.at[mountPlace{e.parent, dir}]; ok && t.entries[j].id != e.id {
			return j, true
		}
	}
	return 0, false
}
