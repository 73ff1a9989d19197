package collector

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// netDir is the net directory of /proc that is of the watched network namespace.
// /proc/net is of whoever reads it, so below a root other than /proc it is that
// of process 1 there, unless that is hidden.
func netDir(ctx context.Context) string {
	if procPath(ctx) != procRoot {
		if dir := procPath(ctx, "1", "net"); exists(filepath.Join(dir, "dev")) {
			return dir
		}
	}
	return procPath(ctx, "net")
}

// sysRoot is the sysfs of this process.
const sysRoot = "/sys"

// watchesOwnNetwork reports whether netDir is of the network namespace that this
// process is in. A directory that is no procfs is taken for it.
func watchesOwnNetwork(ctx context.Context) bool {
	dir := netDir(ctx)
	if dir == procPath(ctx, "net") {
		return true
	}
	// The links can be read by who may trace process 1.
	theirs, err := os.Readlink(procPath(ctx, "1", "ns", "net"))
	if err == nil {
		if ours, err := os.Readlink(filepath.Join(procRoot, "self", "ns", "net")); err == nil {
			return theirs == ours
		}
	}
	return sameProcFile(filepath.Join(dir, "dev"), filepath.Join(procRoot, "self", "net", "dev"))
}

// sameProcFile reports whether two paths into a procfs, or into two of them, are
// one file. Each network namespace has files of its own below net, and procfs
// numbers them all from one counter, whatever it is mounted on.
func sameProcFile(theirs, ours string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(theirs, &fs) != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return true
	}
	var a, b unix.Stat_t
	return unix.Stat(theirs, &a) == nil && unix.Stat(ours, &b) == nil && a.Ino == b.Ino
}
