package metrics

import (
	"regexp"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	mountError    = gauge("node_filesystem_device_error", "1 where the file system cannot be measured.", "device", "fstype", "mountpoint")
	mountReadOnly = gauge("node_filesystem_readonly", "1 where the file system is mounted read-only.", "device", "fstype", "mountpoint")
)

var mountColumns = []column[collector.Mount]{
	{gauge("node_filesystem_size_bytes", "Size of the file system.", "device", "fstype", "mountpoint"),
		func(m *collector.Mount) collector.Value { return m.Size }},
	{gauge("node_filesystem_free_bytes", "Space that is free, what is reserved for root included.", "device", "fstype", "mountpoint"),
		func(m *collector.Mount) collector.Value { return m.Free }},
	{gauge("node_filesystem_avail_bytes", "Space that ordinary users may still take.", "device", "fstype", "mountpoint"),
		func(m *collector.Mount) collector.Value { return m.Available }},
	{gauge("node_filesystem_files", "Inodes that the file system has.", "device", "fstype", "mountpoint"),
		func(m *collector.Mount) collector.Value { return m.Inodes }},
	{gauge("node_filesystem_files_free", "Inodes that are free.", "device", "fstype", "mountpoint"),
		func(m *collector.Mount) collector.Value { return m.InodesFree }},
}

// What node_exporter leaves out by default, where rules would find file systems
// that are full for ever or that come and go with each container.
var (
	leftOutMountpoints = regexp.MustCompile(`^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)`)
	leftOutTypes       = setOf("autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
		"erofs", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc", "procfs", "pstore", "rpc_pipefs", "securityfs",
		"selinuxfs", "squashfs", "sysfs", "tracefs")
)

func addMounts(e exposition, s *collector.Snapshot) {
	if !shown(&s.Mounts) {
		return
	}
	for i := range s.Mounts.Value.Mounts {
		m := &s.Mounts.Value.Mounts[i]
		if leftOutTypes[m.FSType] || leftOutMountpoints.MatchString(m.Mountpoint) {
			continue
		}
		e.add(mountError, truth(cannotMeasure(m)), m.Device, m.FSType, m.Mountpoint)
		e.add(mountReadOnly, truth(m.ReadOnly), m.Device, m.FSType, m.Mountpoint)
		addColumns(e, mountColumns, m, m.Device, m.FSType, m.Mountpoint)
	}
}

// cannotMeasure: a file system that has no size by its nature is no fault.
func cannotMeasure(m *collector.Mount) bool {
	return m.Status != collector.OK && m.Status != collector.Unsupported
}
