package collector

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// errCgroupGone: the control group was removed, or another one has its name.
var errCgroupGone = errors.New("control group is gone")

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

// keep has the directory stay open from its next opening on, within the budget,
// which counts directories.
func (d *cgroupDir) keep(kept *keptBudget) {
	d.kept = kept.take()
	d.release()
}

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
		return d.failed("open", "", goneIfMissing(err))
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		unix.Close(fd)
		return d.failed("stat", "", goneIfMissing(err))
	}
	if d.opened != 0 && stat.Ino != d.opened {
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

// isRemoved reports that there is no such control group any more: its list of processes
// is in each, whatever controllers it has. Where that cannot be found out, it is there.
func (d *cgroupDir) isRemoved() bool {
	err := d.open()
	if err == nil {
		err = goneIfMissing(unix.Faccessat(d.fd, "cgroup.procs", unix.F_OK, 0))
	}
	return errors.Is(err, errCgroupGone)
}

// isRoot reports that this is the root of the machine.
func (d *cgroupDir) isRoot() bool { return d.path == "/" && !d.tree.isNamespace }

// failed takes note of an error of a system call that is not the fault of d.
func (d *cgroupDir) failed(op, name string, err error) error {
	if errno, ok := err.(unix.Errno); ok && isShortage(errno) {
		d.tree.shortage = &fs.PathError{Op: op, Path: filepath.Join(d.tree.root, d.path, name), Err: err}
	}
	return err
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
		return buf[:0], d.failed("open", name, err)
	}
	defer unix.Close(fd)
	buf, err = readDescriptor(fd, buf)
	return buf, d.failed("read", name, err)
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
			return buf[:0], d.failed("open", name, err)
		}
		d.counter = fd
	}
	buf, err := readDescriptor(d.counter, buf)
	return buf, d.failed("read", name, err)
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
