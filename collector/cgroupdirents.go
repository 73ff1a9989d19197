package collector

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// directoryEntry is a directory in another; its name lies in a buffer that the next
// listing writes to.
type directoryEntry struct {
	name  []byte
	inode uint64
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
