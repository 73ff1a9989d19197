package collector

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	maxCgroups     = 2000 // directories of one hierarchy that are looked at
	maxCgroupDepth = 32   // levels below the root; nested containers have about ten
	maxCgroupKept  = 500  // directories that are kept open, with a file in each
)

// errCgroupGone: the control group was removed, or another one has its name.
var errCgroupGone = errors.New("control group is gone")

// cgroupTree is one hierarchy of control groups, as it was when last walked.
type cgroupTree struct {
	root    string // where it is mounted
	v2      bool
	dirs    []*cgroupDir // parents before children, those of one parent by name
	leftOut uint64       // directories beyond what is looked at, where met

	walks   int
	changed bool // by the walk that is going on
	buf     []byte
}

// cgroupDir is one directory of a hierarchy.
type cgroupDir struct {
	tree     *cgroupTree
	path     string // from the root of the hierarchy, which is "/"
	name     string
	inode    uint64 // as listed: tells it from one that was removed and made anew
	opened   uint64 // inode as first opened, for the same; 0 before
	depth    int
	children []*cgroupDir // by name
	walk     int          // that found it last
	gone     bool

	kept    bool
	fd      int // of the directory, -1 while closed
	counter int // of the file that is read at each tick, -1 while closed
}

// walk brings the tree up to date, and reports whether it has changed. What may
// not be listed has no children. The directories nearest to the root are those that
// are kept open, for as long as there are fewer than allowed, all trees together.
func (t *cgroupTree) walk(kept *int) (changed bool, err error) {
	t.walks++
	t.changed, t.leftOut = false, 0
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
		t.changed = true
	}
	return nil
}

// list brings the children of d up to date.
func (t *cgroupTree) list(d *cgroupDir) {
	names, err := t.subdirectories(d)
	if err != nil {
		d.gone = d.gone || errors.Is(err, errCgroupGone)
		names = nil
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

// child looks a name up without making a string of it.
func (d *cgroupDir) child(name []byte) *cgroupDir {
	low, high := 0, len(d.children)
	for low < high {
		middle := (low + high) / 2
		if d.children[middle].name < string(name) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(d.children) && d.children[low].name == string(name) {
		return d.children[low]
	}
	return nil
}

// directoryEntry is a directory in another; its name lies in a buffer that the next
// listing writes to.
type directoryEntry struct {
	name  []byte
	inode uint64
}

// subdirectories lists the directories in d. A directory of a control group has
// two links and one more for each directory in it, so most need no listing.
func (t *cgroupTree) subdirectories(d *cgroupDir) ([]directoryEntry, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	defer d.release()
	var stat unix.Stat_t
	if err := unix.Fstat(d.fd, &stat); err != nil {
		return nil, err
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
		return nil, goneIfMissing(err)
	}
	defer unix.Close(fd)
	if t.buf, err = readCgroupDirents(fd, t.buf); err != nil {
		return nil, err
	}
	return parseDirents(t.buf), nil
}

// readCgroupDirents reads all entries of a directory, as getdents64(2) has them.
func readCgroupDirents(fd int, buf []byte) ([]byte, error) {
	for buf = buf[:0]; len(buf) < readLimit; {
		if cap(buf)-len(buf) < 4096 {
			buf = slices.Grow(buf, 32<<10)
		}
		n, err := retryEINTR(func() (int, error) { return unix.Getdents(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return buf, goneIfMissing(err)
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
	}
	return buf, errTooLong
}

// parseDirents takes apart struct linux_dirent64: an inode of 8 bytes, an offset of
// 8, the length of the entry of 2, the type of 1, and the name up to a NUL.
func parseDirents(buf []byte) (all []directoryEntry) {
	const head = 19
	for len(buf) > head {
		length := int(binary.NativeEndian.Uint16(buf[16:]))
		if length <= head || length > len(buf) {
			return all
		}
		name := buf[head:length]
		for i, c := range name {
			if c == 0 {
				name = name[:i]
				break
			}
		}
		if buf[18] == unix.DT_DIR && len(name) > 0 && string(name) != "." && string(name) != ".." {
			all = append(all, directoryEntry{name, binary.NativeEndian.Uint64(buf)})
		}
		buf = buf[length:]
	}
	return all
}

// keep has the directory stay open from its next opening on, within the budget, of
// which kept is in use.
func (d *cgroupDir) keep(kept *int) {
	d.kept = *kept < keptCgroups()
	if d.kept {
		*kept++
	}
	d.release()
}

// keptCgroups is how many directories are kept open: a quarter of the descriptors
// that this process may have, at most.
var keptCgroups = sync.OnceValue(func() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(maxCgroupKept, limit.Cur/8))
})

// open makes d.fd a descriptor, through which only files of this very directory are
// found: of one that was removed there are none.
func (d *cgroupDir) open() error {
	if d.gone {
		return errCgroupGone
	}
	if d.fd >= 0 {
		return nil
	}
	path := filepath.Join(d.tree.root, d.path)
	fd, err := retryEINTR(func() (int, error) {
		return unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return goneIfMissing(err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil || d.opened != 0 && stat.Ino != d.opened {
		unix.Close(fd)
		return errCgroupGone
	}
	d.fd, d.opened = fd, stat.Ino
	return nil
}

// release closes what is not kept.
func (d *cgroupDir) release() {
	if !d.kept {
		d.close()
	}
}

func (d *cgroupDir) close() {
	for _, fd := range []*int{&d.fd, &d.counter} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
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

// exists reports whether the control group is still there: its list of processes
// is in each, whatever controllers it has.
func (d *cgroupDir) exists() bool {
	return d.open() == nil && unix.Faccessat(d.fd, "cgroup.procs", unix.F_OK, 0) == nil
}

func goneIfMissing(err error) error {
	if err == unix.ENOENT || err == unix.ENODEV || err == unix.ENOTDIR {
		return errCgroupGone
	}
	return err
}

// read reads a file of the directory into buf.
func (d *cgroupDir) read(name string, buf []byte) ([]byte, error) {
	if err := d.open(); err != nil {
		return buf[:0], err
	}
	fd, err := retryEINTR(func() (int, error) { return unix.Openat(d.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	return readDescriptor(fd, buf)
}

// readCounter reads the file that is read at each tick, whose descriptor is kept
// where that of the directory is: that takes a third of the time.
func (d *cgroupDir) readCounter(name string, buf []byte) ([]byte, error) {
	if !d.kept {
		return d.read(name, buf)
	}
	if err := d.open(); err != nil {
		return buf[:0], err
	}
	if d.counter < 0 {
		fd, err := retryEINTR(func() (int, error) { return unix.Openat(d.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
		if err != nil {
			return buf[:0], err
		}
		d.counter = fd
	}
	return readDescriptor(d.counter, buf)
}

// readDescriptor reads a whole file from its start. The kernel makes each of these
// files in one piece, so what does not fill the buffer is all of it, and the call that
// would say so is left out.
func readDescriptor(fd int, buf []byte) ([]byte, error) {
	for buf = slices.Grow(buf[:0], 4096); len(buf) < readLimit; {
		free := buf[len(buf):cap(buf)]
		n, err := retryEINTR(func() (int, error) { return unix.Pread(fd, free, int64(len(buf))) })
		if err != nil {
			return buf[:0], err
		}
		buf = buf[:len(buf)+n]
		if n < len(free) {
			return buf, nil
		}
		buf = slices.Grow(buf, 4096)
	}
	return buf[:0], errTooLong
}
