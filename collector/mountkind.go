package collector

import (
	"context"
	"strings"
)

// hasSubvolumes: one device number for a pool, of which each mount shows a part
// with the space of the whole.
var hasSubvolumes = map[string]bool{"bcachefs": true, "btrfs": true}

// holdsData are the types without a block device of their own that hold data
// all the same: pools, network and host file systems, raw flash.
var holdsData = setOf(
	"zfs", "bcachefs", "btrfs", "ubifs", "jffs2",
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "ceph", "glusterfs", "lustre",
	"afs", "beegfs", "gpfs", "orangefs", "pvfs2", "coda", "hostfs",
	"fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.geesefs", "fuse.blobfuse2",
	"fuse.mount-s3", "fuse.juicefs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.mfs", "fuse.lizardfs",
	"fuse.seaweedfs", "fuse.davfs", "fuse.curlftpfs", "fuse.mergerfs", "fuse.mhddfs", "fuse.unionfs",
	"fuse.encfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.vmhgfs-fuse", "fuse.prl_fsd", "fuse.zfs", "fuse.ntfs-3g",
	"fuse.exfat",
)

// isImage are the types that are written once as a whole, so that they are full
// for ever.
var isImage = setOf("squashfs", "iso9660", "erofs", "cramfs", "romfs")

// isLayer are the types that show other file systems as one. In a container the
// root is such a one, and there it tells the space that the container has.
var isLayer = setOf("overlay", "aufs", "fuse.fuse-overlayfs")

// runtimeMounts is where container runtimes mount what their containers are
// made of. Volumes are data, so they are not among it.
var runtimeMounts = []string{
	"/var/lib/docker/*/**", "/var/snap/docker/common/var-lib-docker/*/**", "/run/docker/**",
	"/home/*/.local/share/docker/*/**", "/home/*/.local/share/containers/storage/*/**",
	"/var/lib/containers/storage/*/**", "/var/lib/containerd/*/**", "/run/containerd/**", "/run/k3s/containerd/**",
}

var runtimeVolumes = []string{"/**/volumes/**"}

// containerFiles are single files of the host that a runtime mounts into each
// container.
var containerFiles = []string{
	"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv", "/dev/**", "/proc/**", "/sys/**",
}

// unwantedMount returns why a mount does not say how full a disk is, or "".
func unwantedMount(e mountEntry, virtual map[string]bool) string {
	root := e.mountpoint == "/"
	switch {
	case firstMatch(runtimeMounts, e.mountpoint) != "" && firstMatch(runtimeVolumes, e.mountpoint) == "":
		return "mounted by a container runtime"
	case e.fstype == "tmpfs" || e.fstype == "ramfs":
		return "held in memory"
	case isLayer[e.fstype]:
		if root {
			return ""
		}
		return "layer over other file systems"
	case isImage[e.fstype] && !root:
		return "read-only image"
	case !holdsData[e.fstype] && e.isVirtual(virtual):
		if e.fstype == "fuse" || strings.HasPrefix(e.fstype, "fuse.") {
			return "user-space file system not known to hold data"
		}
		return "pseudo file system"
	case firstMatch(containerFiles, e.mountpoint) != "":
		return "mounted by a container runtime"
	}
	return ""
}

// isVirtual reports whether the file system has no block device.
func (e mountEntry) isVirtual(virtual map[string]bool) bool {
	kernelType, _, _ := strings.Cut(e.fstype, ".") // "fuse.sshfs" is of type fuse
	if v, known := virtual[kernelType]; known {
		return v
	}
	return e.major == 0
}

// readVirtualTypes reads /proc/filesystems, nil where that cannot be read.
func readVirtualTypes(ctx context.Context) map[string]bool {
	text, err := readInto(procPath(ctx, "filesystems"), nil)
	if err != nil {
		return nil
	}
	virtual := make(map[string]bool)
	for line := range strings.SplitSeq(string(text), "\n") {
		flag, name, ok := strings.Cut(line, "\t")
		if ok {
			virtual[name] = flag == "nodev"
		}
	}
	return virtual
}

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}
