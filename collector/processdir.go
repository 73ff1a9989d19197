package collector

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// processDir is a /proc that is kept open: with a descriptor of it, the lists of
// what it has and the files of processes cost no memory.
type processDir struct {
	path  string
	fd    int
	real  bool // it is a procfs, not a copy of one
	own   bool // it is of the PID namespace of this process
	shown bool // this process has a number in it

	entries []byte // of the directory, as the kernel gives them
	name    []byte // of a file, for the kernel
}

func (d *processDir) isOpen() bool { return d.path != "" }

// open makes d the directory at path, if it is not already.
func (d *processDir) open(path string) error {
	if d.path == path {
		return nil
	}
	d.close()
	fd, err := retryEINTR(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	d.path, d.fd = path, fd
	var stat unix.Statfs_t
	d.real = unix.Fstatfs(fd, &stat) == nil && stat.Type == unix.PROC_SUPER_MAGIC
	self := d.self()
	d.shown = self > 0
	d.own = d.real && self == unix.Getpid() && !d.isNested()
	if d.entries == nil {
		d.entries = make([]byte, 64<<10)
	}
	return nil
}

func (d *processDir) close() {
	if d.isOpen() {
		unix.Close(d.fd)
		d.path = ""
	}
}

// isNested reports whether this process has another number in a PID namespace
// below that of d.
func (d *processDir) isNested() bool {
	status, errno := d.read(d.fd, []byte("self/status\x00"), nil)
	return errno != 0 || countIDs(status) > 1
}

// self is the number of this process here; 0 where it has none.
func (d *processDir) self() int {
	var link [16]byte
	n, err := unix.Readlinkat(d.fd, "self", link[:])
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(string(link[:n]))
	return pid
}

var errEndlessDirectory = errors.New("directory without an end")

// list appends the numbers of all processes to pids, in ascending order.
func (d *processDir) list(pids []int32) ([]int32, error) {
	pids = pids[:0]
	if _, err := unix.Seek(d.fd, 0, 0); err != nil {
		return pids, &fs.PathError{Op: "seek", Path: d.path, Err: err}
	}
	for len(pids) <= maxProcessID {
		n, err := retryEINTR(func() (int, error) { return unix.Getdents(d.fd, d.entries) })
		if err != nil {
			return pids, &fs.PathError{Op: "readdir", Path: d.path, Err: err}
		}
		if n <= 0 {
			if !slices.IsSorted(pids) { // procfs gives them in order; no other file system does
				slices.Sort(pids)
			}
			return slices.Compact(pids), nil
		}
		pids = appendProcessIDs(pids, d.entries[:n])
	}
	return pids, &fs.PathError{Op: "readdir", Path: d.path, Err: errEndlessDirectory}
}

// maxProcessID is PID_MAX_LIMIT of Linux on 64 bits.
const maxProcessID = 4 << 20

// appendProcessIDs takes the names out of records of struct linux_dirent64 that
// are numbers of processes: inode (8 bytes), offset (8), length of the record
// (2), type (1), and the name, which ends in a zero.
func appendProcessIDs(pids []int32, entries []byte) []int32 {
	const lengthAt, typeAt, nameAt = 16, 18, 19
	for len(entries) > nameAt {
		length := int(binary.NativeEndian.Uint16(entries[lengthAt:]))
		if length <= nameAt || length > len(entries) {
			break
		}
		if kind := entries[typeAt]; kind == unix.DT_DIR || kind == unix.DT_UNKNOWN {
			if pid := parseProcessID(entries[nameAt:length]); pid > 0 {
				pids = append(pids, pid)
			}
		}
		entries = entries[length:]
	}
	return pids
}

// parseProcessID reads a number that ends in a zero byte; it returns 0 for
// anything else.
func parseProcessID(name []byte) int32 {
	var pid int32
	for i, c := range name {
		switch {
		case c == 0:
			return pid
		case c < '0' || c > '9' || i == 0 && c == '0':
			return 0
		}
		if pid = pid*10 + int32(c-'0'); pid > maxProcessID {
			return 0
		}
	}
	return 0
}

// fileOf is the name of a file of a process, for the kernel. The next call
// overwrites it. An empty file names the directory.
func (d *processDir) fileOf(pid int32, file string) []byte {
	d.name = strconv.AppendInt(d.name[:0], int64(pid), 10)
	if file != "" {
		d.name = append(append(d.name, '/'), file...)
	}
	d.name = append(d.name, 0)
	return d.name
}

// fileIn is the same for a file in the directory of a process.
func (d *processDir) fileIn(file string) []byte {
	d.name = append(append(d.name[:0], file...), 0)
	return d.name
}

// openAt is openat(2) without the copy of the name that unix.Openat makes. The
// name must end in a zero.
func openAt(dir int, name []byte, flags int) (int, unix.Errno) {
	for {
		fd, _, err := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		if err != unix.EINTR {
			return int(fd), err
		}
	}
}

// processReadLimit is more than any file of a process holds that is read here: a
// status with the most groups that a process can have takes 700 kB.
const processReadLimit = 1 << 20

// read reads a file below dir into buf, which it grows.
func (d *processDir) read(dir int, name []byte, buf []byte) ([]byte, unix.Errno) {
	return d.readStart(dir, name, buf, processReadLimit)
}

// readStart reads at most limit bytes of a file.
func (d *processDir) readStart(dir int, name []byte, buf []byte, limit int) ([]byte, unix.Errno) {
	fd, errno := openAt(dir, name, unix.O_RDONLY)
	if errno != 0 {
		return buf[:0], errno
	}
	defer unix.Close(fd)
	for buf = buf[:0]; len(buf) < limit; {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, 4096)
		}
		n, err := unix.Read(fd, buf[len(buf):min(cap(buf), limit)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return buf[:0], errnoOf(err)
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	return buf, 0
}

func errnoOf(err error) unix.Errno {
	if errno, ok := err.(unix.Errno); ok {
		return errno
	}
	return unix.EIO
}

// Kinds of failures of reading a file of one process.
func isGone(err unix.Errno) bool   { return err == unix.ENOENT || err == unix.ESRCH }
func isDenied(err unix.Errno) bool { return err == unix.EACCES || err == unix.EPERM }

// isShortage: the fault is not of that process, and the next would fail alike.
func isShortage(err unix.Errno) bool {
	return err == unix.EMFILE || err == unix.ENFILE || err == unix.ENOMEM
}
