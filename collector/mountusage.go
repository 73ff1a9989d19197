package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// mountUsage is what statfs(2) says, in the units in which it says it.
type mountUsage struct {
	blockSize               uint64
	blocks, free, available uint64
	inodes, freeInodes      uint64
}

// errElsewhere: the path leads this process to another file system than the
// machine has there, as in a service with ProtectHome= or in a container that
// was given the root without what is mounted below.
var errElsewhere = fmt.Errorf("%w: this process sees another file system there", fs.ErrPermission)

// statMount measures the file system of a mount at path.
func statMount(path string, e mountEntry) (u mountUsage, err error) {
	var s unix.Statfs_t
	if err := checkMount(path, e); err != nil {
		return u, err
	}
	if _, err := retryEINTR(func() (int, error) { return 0, unix.Statfs(path, &s) }); err != nil {
		return u, os.NewSyscallError("statfs", err)
	}
	if e.fstype == "btrfs" && s.Type != unix.BTRFS_SUPER_MAGIC {
		return u, errElsewhere
	}
	size := s.Frsize
	if size <= 0 {
		size = s.Bsize
	}
	return mountUsage{uint64(max(0, size)), s.Blocks, s.Bfree, s.Bavail, s.Files, s.Ffree}, nil
}

// checkMount makes sure that path is the mount that mountinfo spoke of.
func checkMount(path string, e mountEntry) error {
	var s unix.Statx_t
	const flags = unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	_, err := retryEINTR(func() (int, error) { return 0, unix.Statx(unix.AT_FDCWD, path, flags, unix.STATX_TYPE, &s) })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		return nil // a kernel or a container's system call filter from before statx
	}
	if err != nil {
		return os.NewSyscallError("statx", err)
	}
	if hasSubvolumes[e.fstype] {
		// Each subvolume has a device number of its own, which mountinfo does not know.
		if s.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && s.Attributes&unix.STATX_ATTR_MOUNT_ROOT == 0 {
			return errElsewhere
		}
		return nil
	}
	if s.Dev_major != e.major || s.Dev_minor != e.minor {
		return errElsewhere
	}
	return nil
}

// fill writes the numbers into m, or says why there are none.
func (u mountUsage) fill(m *Mount) {
	switch {
	case u.blocks == 0 || u.blockSize == 0:
		m.miss(Unsupported, "the file system tells no size")
		return
	case u.free > u.blocks || u.available > u.blocks:
		m.miss(Failed, fmt.Sprintf("more blocks free (%d, available %d) than there are (%d)", u.free, u.available, u.blocks))
		return
	}
	bytes := func(blocks uint64) float64 { return float64(blocks) * float64(u.blockSize) }
	used := u.blocks - u.free
	m.Status = OK
	m.Size, m.Used, m.Free, m.Available = Of(bytes(u.blocks)), Of(bytes(used)), Of(bytes(u.free)), Of(bytes(u.available))
	m.UsedPercent = percentOf(float64(used), float64(used)+float64(u.available))
	u.fillInodes(m)
}

func (u mountUsage) fillInodes(m *Mount) {
	switch {
	case u.inodes == 0:
		m.missInodes(Unsupported)
	case u.freeInodes > u.inodes:
		m.missInodes(Failed)
	default:
		used := u.inodes - u.freeInodes
		m.Inodes, m.InodesUsed, m.InodesFree = Of(float64(u.inodes)), Of(float64(used)), Of(float64(u.freeInodes))
		m.InodesUsedPercent = percentOf(float64(used), float64(u.inodes))
	}
}

// miss leaves m without numbers.
func (m *Mount) miss(why Status, reason string) {
	none := Missing(why)
	m.Status, m.Error = why, reason
	m.Size, m.Used, m.Free, m.Available, m.UsedPercent, m.FullIn = none, none, none, none, none, none
	m.missInodes(why)
}

func (m *Mount) missInodes(why Status) {
	none := Missing(why)
	m.Inodes, m.InodesUsed, m.InodesFree, m.InodesUsedPercent = none, none, none, none
}
