package collector

import (
	"bytes"
	"context"
	"encoding/binary"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// interfaceListing is the directory /sys/class/net, which tells in one call of
// the kernel which interface has which name: the number of an entry stays with
// its interface when that is renamed, and a new one has another.
type interfaceListing struct {
	raw, earlier []byte            // linux_dirent64 after linux_dirent64
	identities   map[string]uint64 // numbers of the entries by name
}

// read reports whether the listing has changed. One that cannot be read has not.
func (l *interfaceListing) read(dir string) (changed bool) {
	text, err := readEntries(dir, l.earlier)
	if err != nil {
		return false
	}
	if l.earlier = text; bytes.Equal(text, l.raw) {
		return false
	}
	l.raw, l.earlier = l.earlier, l.raw
	l.identities = parseEntries(l.raw)
	return true
}

// readEntries is the directory as the kernel gives it, in buf.
func readEntries(dir string, buf []byte) ([]byte, error) {
	fd, err := retryEINTR(func() (int, error) {
		return unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(fd)
	const room = 4096 // more than an entry can take
	for buf = buf[:0]; ; {
		buf = slices.Grow(buf, room)
		n, err := retryEINTR(func() (int, error) { return unix.ReadDirent(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "readdirent", Path: dir, Err: err}
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
	}
}

// parseEntries reads the linux_dirent64 of getdents64(2): the number of the inode
// in eight bytes, eight of its place, two of its length, one of its type and the
// name up to a NUL. Files are none of interfaces: bonding_masters is one.
func parseEntries(raw []byte) map[string]uint64 {
	const lengthAt, typeAt, nameAt = 16, 18, 19
	identities := make(map[string]uint64)
	for len(raw) > nameAt {
		length := int(binary.NativeEndian.Uint16(raw[lengthAt:]))
		if length <= nameAt || length > len(raw) {
			break
		}
		name, _, _ := bytes.Cut(raw[nameAt:length], []byte{0})
		if kind := raw[typeAt]; kind != unix.DT_REG && string(name) != "." && string(name) != ".." {
			identities[string(name)] = binary.NativeEndian.Uint64(raw)
		}
		raw = raw[length:]
	}
	return identities
}

// isOf reports whether the listing is of the network namespace of the interfaces
// of netDir. A sysfs is of that in which it was mounted: in a container it is
// that of the container, unless that has the directory of its host.
func (l *interfaceListing) isOf(ctx context.Context, interfaces []netdev) bool {
	if l.identities == nil {
		return true // what else can be read there says why not
	}
	if sysPath(ctx) == sysRoot && !watchesOwnNetwork(ctx) {
		return false
	}
	text, _ := readText(filepath.Join(netDir(ctx), "dev_mcast"))
	agreed := false
	for name, index := range parseMulticast(text) {
		if !slices.ContainsFunc(interfaces, func(d netdev) bool { return d.name == name }) {
			continue // gone since
		}
		word, err := readWord(sysPath(ctx, "class", "net", name, "ifindex"))
		if err != nil || word != index {
			return false
		}
		agreed = true
	}
	return agreed || l.shares(interfaces)
}

// shares reports whether an interface other than lo, which every namespace has,
// is in both, or there is none.
func (l *interfaceListing) shares(interfaces []netdev) bool {
	others := 0
	for _, d := range interfaces {
		if d.name == "lo" {
			continue
		}
		if _, listed := l.identities[d.name]; listed {
			return true
		}
		others++
	}
	_, loopback := l.identities["lo"]
	return others == 0 && (len(l.identities) == 0 || loopback && len(l.identities) == 1)
}

// parseMulticast reads the numbers of the interfaces that listen to a multicast
// address, which most do that are up: "2    eth0    1     0     01005e000001".
func parseMulticast(text string) map[string]string {
	indexes := make(map[string]string)
	for line := range strings.Lines(text) {
		index, rest := cutField(line)
		name, rest := cutField(rest)
		users, _ := cutField(rest)
		if _, err := strconv.ParseUint(index, 10, 31); err == nil && users != "" {
			indexes[name] = index
		}
	}
	return indexes
}
