package collector

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupNode is a control group that is listed, and what was read of it before.
type cgroupNode struct {
	path   string
	parent *cgroupNode // the nearest above that is listed
	member membership
	home   *cgroupDir // of the first hierarchy that has it
	dirs   [cgroupSources]*cgroupDir
	entry  *Cgroup // as published last
	place  int     // among all
	fresh  int     // the tick that entry was made for

	hasCPU bool
	cpu    cpuCounters
	cpuAt  time.Time // when cpu was read, or known not to have moved
	idleAt int       // the last tick in which it did not move

	// What follows is of the other numbers.
	readings int
	readAt   time.Time // when they were read, or known not to have moved
	settled  bool      // nothing was moved, waited for or left to be written
	moving   bool      // something was, in the reading that is going on
	glanceAt time.Time // when to look at the memory again, of a settled group
	fullAt   time.Time // when to read all again
	limitsAt time.Time // when to read the limits again

	limit       uint64 // of memory, its own
	limitStatus Status
	current     float64 // bytes of memory
	unwritten   bool
	events      memoryCounters
	io          ioCounters
	hasIO       bool
	stacks      int // ioStacks.changes as of io
	stalls      [3]stalls

	nameAt time.Time // when the name of its container was looked for
}

// cgroupStatus is what an error of reading a file of a control group says.
func cgroupStatus(err error) Status {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, errCgroupGone), errors.Is(err, unix.ENODEV):
		return Unsupported // pressure that is switched off; a group that ends as it is read
	}
	return statusOf(err)
}

// readValue reads a file of one number.
func (d *cgroupDir) readValue(name string, buf []byte) (Value, []byte) {
	n, buf, err := d.readLimit(name, buf)
	if err != nil {
		return Missing(cgroupStatus(err)), buf
	}
	return Of(float64(n)), buf
}

// readLimitValue reads a file of one number; missing where that is "max".
func (d *cgroupDir) readLimitValue(name string, buf []byte) (Value, []byte) {
	n, buf, err := d.readLimit(name, buf)
	switch {
	case err != nil:
		return Missing(cgroupStatus(err)), buf
	case n == noCgroupLimit:
		return Missing(Unsupported), buf
	}
	return Of(float64(n)), buf
}

func (d *cgroupDir) readLimit(name string, buf []byte) (n uint64, rest []byte, err error) {
	buf, err = d.read(name, buf)
	if err != nil {
		return noCgroupLimit, buf, err
	}
	if n, err = parseCgroupNumber(buf); err != nil {
		n = noCgroupLimit
	}
	return n, buf, err
}

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

// cgroupKind is the kind of a control group; "" for one that belongs to what is above
// it, as those that a service or a container makes for itself.
func cgroupKind(path string, above *cgroupNode) string {
	if path == "/" {
		return "root"
	}
	part := path[strings.LastIndexByte(path, '/')+1:]
	before := path[:len(path)-len(part)-1]
	before = before[strings.LastIndexByte(before, '/')+1:]
	if podOf(before, part) != "" {
		return "pod"
	}
	around := ""
	if above != nil {
		around = above.member.runtime
	}
	if c := containerOf(before, part, around); c.id != "" {
		if c.runtime == "qemu" {
			return "machine"
		}
		return "container"
	}
	if isUnit(part) {
		return unitKind(part)
	}
	if above == nil || above.entry.Kind == "root" || above.entry.Kind == "slice" || above.entry.Kind == "group" {
		return "group"
	}
	return ""
}

func unitKind(part string) string {
	kind := part[strings.LastIndexByte(part, '.')+1:]
	if kind == "scope" && strings.HasPrefix(part, "session-") {
		return "session"
	}
	return kind
}

func cgroupName(path, kind string, m membership) string {
	switch kind {
	case "root":
		return "/"
	case "container", "machine":
		if isContainerID(m.container) {
			return m.container[:12]
		}
		return m.container
	case "pod":
		return m.pod
	}
	part := path[strings.LastIndexByte(path, '/')+1:]
	if isUnit(part) {
		return unescapeUnit(strings.TrimPrefix(part, "_"))
	}
	return part
}

// next returns the entry of this tick, to be written to. Those of earlier ticks have
// been handed out.
func (c *cgroupCollector) next(n *cgroupNode) *Cgroup {
	if n.fresh != c.ticks {
		e := *n.entry
		n.entry, n.fresh = &e, c.ticks
	}
	return n.entry
}

// nameContainers looks up what containers are called that have a number in their
// path. The name of a pod is known from its containers.
func (c *cgroupCollector) nameContainers(ctx context.Context) {
	var states containerStates
	for _, n := range c.nodes {
		if n.entry.Kind != "container" || !isContainerID(n.member.container) || !n.nameAt.IsZero() && c.now.Sub(n.nameAt) < renameEvery {
			continue
		}
		if !n.nameAt.IsZero() && n.entry.NameStatus == OK {
			continue
		}
		n.nameAt = c.now
		facts, err := states.find(ctx, n.member.container, n.member.runtime)
		if err != nil {
			c.next(n).NameStatus = statusOf(err)
			continue
		}
		e := c.next(n)
		e.Name, e.NameStatus, e.PodName = facts.name, OK, facts.pod
		if pod := n.parent; pod != nil && pod.entry.Kind == "pod" && facts.pod != "" && pod.entry.PodName != facts.pod {
			e := c.next(pod)
			e.Name, e.PodName = facts.pod, facts.pod
		}
	}
}

// mayBeGone reports whether an error may mean that the group is gone.
func mayBeGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCgroupGone) || errors.Is(err, unix.ENODEV)
}
