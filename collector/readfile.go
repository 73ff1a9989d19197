package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// errCutShort: a file of whole lines that ends within one. The kernel writes no
// such file, and its last number may lack digits.
var errCutShort = errors.New("cut short")

// readLimit is far more than any file read here holds, and far less than the
// memory that a file without an end would take.
const readLimit = 16 << 20

var errTooLong = fmt.Errorf("longer than %d MiB", readLimit>>20)

// readInto reads a whole file of /proc or /sys into buf, growing it if need be.
// It calls the kernel itself: os.Open registers each such file with the poller
// and takes it out again, which costs as much as reading it.
func readInto(path string, buf []byte) ([]byte, error) {
	fd, err := retryEINTR(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for buf = buf[:0]; ; {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, 4096)
		}
		n, err := retryEINTR(func() (int, error) { return unix.Read(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
		if len(buf) > readLimit {
			return nil, &fs.PathError{Op: "read", Path: path, Err: errTooLong}
		}
	}
}

func retryEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// readWord reads a file of one short line, without the space around it.
func readWord(path string) (string, error) {
	text, err := readInto(path, make([]byte, 0, 64))
	return strings.TrimSpace(string(text)), err
}

// hintAtProc is for the error of reading a file of /proc that every Linux has:
// when that is not there, the machine lacks no support for it, but the root is
// wrong, or /proc is hidden.
func hintAtProc(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (is /proc mounted?)", err)
	}
	return err
}

// optionalProc is for the error of reading a file of /proc that some kernels do
// not have: where the rest of /proc is there, that is no support for it.
func optionalProc(ctx context.Context, err error) error {
	if errors.Is(err, fs.ErrNotExist) && exists(procPath(ctx, "stat")) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return hintAtProc(err)
}

// statusOf is what an error of reading one number says about that number.
func statusOf(err error) Status {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrUnsupported):
		return Unsupported
	case errors.Is(err, fs.ErrPermission):
		return Denied
	}
	return Failed
}

// cutField splits off the first field of a line whose fields stand apart by
// spaces and tabs. It knows no other space, because names may hold any other.
func cutField(line string) (field, rest string) {
	isSpace := func(c byte) bool { return c == ' ' || c == '\t' }
	start := 0
	for start < len(line) && isSpace(line[start]) {
		start++
	}
	end := start
	for end < len(line) && !isSpace(line[end]) {
		end++
	}
	return line[start:end], line[end:]
}
