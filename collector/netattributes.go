package collector

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// attributes reads files of one directory of /sys. Opening them from there takes
// half the time that their whole path takes, which leads through links.
type attributes struct {
	dir string
	fd  int
	buf [attributeSize]byte
}

// attributeSize is what the longest of the attributes read here takes: 255 bytes
// of an alias.
const attributeSize = 512

func openAttributes(dir string) (*attributes, error) {
	fd, err := retryEINTR(func() (int, error) {
		return unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return &attributes{dir: dir, fd: fd}, nil
}

func (d *attributes) close() { unix.Close(d.fd) }

func (d *attributes) has(name string) bool {
	return unix.Faccessat(d.fd, name, unix.F_OK, 0) == nil
}

// target is the name of what a link leads to; "" where there is no such link.
func (d *attributes) target(name string) string {
	n, err := unix.Readlinkat(d.fd, name, d.buf[:])
	if err != nil {
		return ""
	}
	return filepath.Base(string(d.buf[:n]))
}

// read gives the text of an attribute without the space around it.
func (d *attributes) read(name string) (string, error) {
	text, err := readAttribute(d.fd, name, d.buf[:])
	if err != nil {
		return "", &fs.PathError{Op: "read", Path: filepath.Join(d.dir, name), Err: err}
	}
	return string(bytes.TrimSpace(text)), nil
}

// readAttribute reads a path from a directory on into buf. The kernel gives an
// attribute whole at the first read.
func readAttribute(dir int, path string, buf []byte) ([]byte, error) {
	fd, err := retryEINTR(func() (int, error) { return unix.Openat(dir, path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n, err := retryEINTR(func() (int, error) { return unix.Read(fd, buf) })
	return buf[:max(0, n)], err
}

// keptAttribute is an attribute that is read again and again, which through an
// open descriptor takes a tenth of the time. The descriptor stays with what it
// was opened for, whatever has the path then. Beyond the budget, each reading
// opens the path.
type keptAttribute struct {
	path   []byte // ends in a zero, as the kernel takes it
	budget *keptBudget
	file   *os.File // for its finalizer; nil while closed
	fd     int      // of file
}

func newKeptAttribute(path string, budget *keptBudget) keptAttribute {
	return keptAttribute{path: append([]byte(path), 0), budget: budget}
}

func (a *keptAttribute) read(buf []byte) ([]byte, error) {
	if a.file != nil {
		n, err := retryEINTR(func() (int, error) { return unix.Pread(a.fd, buf, 0) })
		if err == nil {
			return buf[:n], nil
		}
		a.close() // and gone, unless its path tells otherwise
	}
	fd, errno := openAt(unix.AT_FDCWD, a.path, unix.O_RDONLY)
	if errno != 0 {
		return nil, errno
	}
	n, err := retryEINTR(func() (int, error) { return unix.Read(fd, buf) })
	if err == nil && a.budget.take() {
		a.file, a.fd = os.NewFile(uintptr(fd), string(a.path[:len(a.path)-1])), fd
	} else {
		unix.Close(fd)
	}
	return buf[:max(0, n)], err
}

func (a *keptAttribute) close() {
	if a.file != nil {
		a.file.Close()
		a.file = nil
		a.budget.used--
	}
}

// word is "" for what cannot be read.
func (d *attributes) word(name string) string {
	text, err := d.read(name)
	if err != nil {
		return ""
	}
	return text
}

// number takes decimal ones, and hexadecimal ones after 0x.
func (d *attributes) number(name string) Value {
	word, err := d.read(name)
	if err != nil {
		return Missing(attributeStatus(err))
	}
	digits, base := word, 10
	if hex, found := strings.CutPrefix(word, "0x"); found {
		digits, base = hex, 16
	}
	number, err := strconv.ParseUint(digits, base, 63)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(number))
}

// attributeStatus is [statusOf] for drivers, which refuse what they do not know
// or cannot tell at the moment.
func attributeStatus(err error) Status {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
		return Unsupported
	}
	return statusOf(err)
}
