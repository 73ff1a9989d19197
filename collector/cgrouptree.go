package collector

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	maxCgroups     = 2000 // directories of one hierarchy that are looked at
	maxCgroupDepth = 32   // levels below the root; nested containers have about ten
)

// cgroupTree is one hierarchy of control groups, as it was when last walked.
type cgroupTree struct {
	root        string // where it is mounted
	v2          bool
	isNamespace bool         // the root is that of a namespace, and a group like any other
	dirs        []*cgroupDir // parents before children, those of one parent by name

	// What the last walk met: directories beyond what is looked at, those that may not
	// be listed, and those whose listing failed otherwise.
	leftOut, denied, unreadable uint64
	shortage                    error // of descriptors or memory, since it was last asked for

	walks   int
	changed bool // by the walk that is going on
	buf     []byte
}

// walk brings the tree up to date, and reports whether it has changed. What cannot be
// listed has the children that it had. The directories nearest to the root are those that
// are kept open, for as long as there are fewer than allowed, all trees together.
func (t *cgroupTree) walk(kept *keptBudget) (changed bool, err error) {
	t.walks++
	t.changed, t.leftOut, t.denied, t.unreadable = false, 0, 0, 0
	if err := t.findRoot(); err != nil {
		return true, err
	}
	found := make([]*cgroupDir, 1, len(t.dirs)+1)
	found[0] = t.dirs[0]
	found[0].keep(kept)
	for i := 0; i < len(found); i++ {
		d := found[i]
		t.list(d)
		room := maxCgroups - len(found)
		if len(d.children) > room {
			t.leftOut += uint64(len(d.children) - room)
			t.drop(d.children[room:])
			d.children = d.children[:room]
		}
		for _, child := range d.children {
			child.keep(kept)
		}
		found = append(found, d.children...)
	}
	changed = t.changed || len(found) != len(t.dirs)
	t.dirs = found
	return changed, nil
}

// findRoot opens the root anew where it is not the one of before.
func (t *cgroupTree) findRoot() error {
	var stat unix.Stat_t
	if err := unix.Stat(t.root, &stat); err != nil {
		return &fs.PathError{Op: "stat", Path: t.root, Err: err}
	}
	if len(t.dirs) == 0 || t.dirs[0].gone || t.dirs[0].inode != stat.Ino {
		t.close()
		t.dirs = []*cgroupDir{{tree: t, path: "/", inode: stat.Ino, fd: -1, counter: -1}}
		t.isNamespace = t.findNamespace()
		t.changed = true
	}
	return nil
}

// findNamespace reports whether the root is that of a namespace: the root of the machine
// lacks a file that all others have, or has one that they lack.
func (t *cgroupTree) findNamespace() bool {
	if t.v2 {
		return exists(filepath.Join(t.root, "cgroup.events"))
	}
	return !exists(filepath.Join(t.root, "cgroup.sane_behavior"))
}

// list brings the children of d up to date.
func (t *cgroupTree) list(d *cgroupDir) {
	names, err := t.subdirectories(d)
	switch {
	case errors.Is(err, errCgroupGone):
		d.gone = true
	case err != nil:
		t.refuse(err)
		for _, child := range d.children {
			if !child.gone {
				child.walk = t.walks
			}
		}
	}
	fresh := names[:0]
	for _, e := range names {
		if child := d.child(e.name); child != nil && child.inode == e.inode && !child.gone {
			child.walk = t.walks
			continue
		}
		fresh = append(fresh, e)
	}
	d.children = slices.DeleteFunc(d.children, func(child *cgroupDir) bool {
		if child.walk == t.walks {
			return false
		}
		t.drop([]*cgroupDir{child})
		return true
	})
	for _, e := range fresh {
		name := string(e.name)
		d.children = append(d.children, &cgroupDir{tree: t, path: strings.TrimSuffix(d.path, "/") + "/" + name, name: name,
			inode: e.inode, depth: d.depth + 1, walk: t.walks, fd: -1, counter: -1})
		t.changed = true
	}
	if len(fresh) > 0 {
		slices.SortFunc(d.children, func(a, b *cgroupDir) int { return cmp.Compare(a.name, b.name) })
	}
}

// refuse counts a directory that cannot be listed. A shortage is no fault of its own.
func (t *cgroupTree) refuse(err error) {
	errno, _ := err.(unix.Errno)
	switch {
	case isShortage(errno):
	case isDenied(errno):
		t.denied++
	default:
		t.unreadable++
	}
}

// subdirectories lists the directories in d; none with an error. A directory of a
// control group has two links and one more for each directory in it, so most need no
// listing.
func (t *cgroupTree) subdirectories(d *cgroupDir) ([]directoryEntry, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	defer d.release()
	var stat unix.Stat_t
	if err := unix.Fstat(d.fd, &stat); err != nil {
		return nil, d.failed("stat", "", goneIfMissing(err))
	}
	if stat.Nlink == 2 {
		return nil, nil
	}
	if d.depth >= maxCgroupDepth {
		t.leftOut++
		return nil, nil
	}
	fd, err := retryEINTR(func() (int, error) {
		return unix.Openat(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, d.failed("open", "", goneIfMissing(err))
	}
	defer unix.Close(fd)
	if t.buf, err = readCgroupDirents(fd, t.buf); err != nil {
		return nil, d.failed("read", "", err)
	}
	return parseDirents(t.buf), nil
}

// drop lets go of directories and of all below them.
func (t *cgroupTree) drop(dirs []*cgroupDir) {
	for _, d := range dirs {
		d.close()
		d.gone = true
		t.changed = true
		t.drop(d.children)
		d.children = nil
	}
}

func (t *cgroupTree) close() {
	for _, d := range t.dirs {
		d.close()
	}
}
