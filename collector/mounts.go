package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Mounts are the file systems that hold data. Source: /proc/1/mountinfo, and
// /proc/self/mountinfo where that one may not be read; statfs(2).
type Mounts struct {
	Mounts  []Mount        `json:"mounts"`  // by mount point
	Skipped []SkippedMount `json:"skipped"` // what was left out, and why
}

// Mount is one mounted file system. Its numbers are missing, all with the same
// status, when statfs failed or has not returned; Error then says so in words.
type Mount struct {
	Mountpoint  string   `json:"mountpoint"`
	Device      string   `json:"device"` // mount source: "/dev/sda1", "tank/home", "nas:/export"
	FSType      string   `json:"fstype"`
	Options     []string `json:"options"` // of the mount, then of the file system
	ReadOnly    bool     `json:"read_only"`
	Major       uint32   `json:"major" from:"/proc/1/mountinfo: column 3, before the colon"`
	Minor       uint32   `json:"minor" from:"/proc/1/mountinfo: column 3, after the colon"`
	Status      Status   `json:"status" from:"statfs(2): whether it has answered"`
	Error       string   `json:"error,omitempty"`
	Size        Value    `json:"size_bytes" from:"statfs(2): f_blocks × f_frsize"`
	Used        Value    `json:"used_bytes" from:"statfs(2): (f_blocks − f_bfree) × f_frsize"`
	Free        Value    `json:"free_bytes" from:"statfs(2): f_bfree × f_frsize"`                                             // with what is reserved for root
	Available   Value    `json:"available_bytes" from:"statfs(2): f_bavail × f_frsize"`                                       // to an ordinary user
	UsedPercent Value    `json:"used_percent" from:"statfs(2): 100 × (f_blocks − f_bfree) / (f_blocks − f_bfree + f_bavail)"` // used / (used + available), as df rounds up
	// FullIn is how long the room lasts at the pace of the last ten minutes; no
	// baseline before the fifth, idle where it does not get less.
	FullIn            Value `json:"full_in_seconds" from:"statfs(2): f_bavail × f_frsize / median of its decrease per second, in pairs of readings of 10 min"`
	Inodes            Value `json:"inodes" from:"statfs(2): f_files"` // unsupported where a file system has no fixed number
	InodesUsed        Value `json:"inodes_used" from:"statfs(2): f_files − f_ffree"`
	InodesFree        Value `json:"inodes_free" from:"statfs(2): f_ffree"`
	InodesUsedPercent Value `json:"inodes_used_percent" from:"statfs(2): 100 × (f_files − f_ffree) / f_files"`
}

// SkippedMount is a mount that is not shown.
type SkippedMount struct {
	Mountpoint string `json:"mountpoint"`
	FSType     string `json:"fstype"`
	Reason     string `json:"reason"` // "pseudo file system", "bind mount of /data", "excluded by mounts.exclude: /snap/**"
}

// NewMounts returns the collector of the mounts that filter lets through. A
// mount whose statfs has not returned before the deadline of the context is
// stale on its own, and costs one parked goroutine until statfs returns.
func NewMounts(filter MountFilter) Collector[Mounts] {
	c := &mountCollector{filter: filter, stat: statMount, fence: fence[mountKey, mountUsage]{subject: "statfs"}}
	return c.collect
}

type mountCollector struct {
	filter MountFilter
	stat   func(path string, e mountEntry) (mountUsage, error)
	fence  fence[mountKey, mountUsage]

	buf     []byte
	text    string // the mountinfo that the fields below come from
	entries map[mountKey]mountEntry
	keys    []mountKey // in the order of shown
	shown   []Mount    // without numbers
	skipped []SkippedMount

	growth mountGrowth
}

// mountKey tells mounts apart for the fence. A dead server that is unmounted
// lazily and mounted again keeps its key, because the kernel keeps its device
// number while a call is in it; another file system there has a key of its own.
type mountKey struct {
	mountpoint   string
	major, minor uint32
}

func (c *mountCollector) collect(ctx context.Context) (Mounts, error) {
	if err := c.refresh(ctx); err != nil {
		return Mounts{}, fmt.Errorf("mounts: %w", hintAtProc(err))
	}
	mounts := slices.Clone(c.shown)
	outcomes := c.fence.gather(ctx, c.keys, c.measurement(ctx))
	for i, o := range outcomes {
		m := &mounts[i]
		switch {
		case o.isStuck():
			m.miss(Stale, "statfs has not returned for "+age(time.Since(o.stuck)))
		case errors.Is(o.err, fs.ErrPermission):
			m.miss(Denied, o.err.Error())
		case o.err != nil:
			m.miss(Failed, o.err.Error())
		default:
			o.value.fill(m)
		}
	}
	c.growth.fill(mounts, c.keys, time.Now())
	return Mounts{Mounts: mounts, Skipped: c.skipped}, nil
}

// measurement is the call for the fence. It may outlive this reading, so it
// holds on to nothing that a later one writes to.
func (c *mountCollector) measurement(ctx context.Context) func(mountKey) (mountUsage, error) {
	entries, stat := c.entries, c.stat
	return func(key mountKey) (mountUsage, error) {
		return stat(hostPath(ctx, key.mountpoint), entries[key])
	}
}

// refresh reads mountinfo and chooses the mounts anew if the text has changed.
func (c *mountCollector) refresh(ctx context.Context) error {
	text, private, err := c.readMountinfo(ctx)
	if err != nil {
		return err
	}
	if c.text != "" && string(text) == c.text {
		return nil
	}
	entries, err := parseMountinfo(string(text))
	if err != nil {
		return err
	}
	c.text = string(text)
	shown, skipped := c.filter.choose(entries, readVirtualTypes(ctx))
	slices.SortFunc(shown, func(a, b mountEntry) int { return naturalCompare(a.mountpoint, b.mountpoint) })
	slices.SortStableFunc(skipped, func(a, b SkippedMount) int { return naturalCompare(a.Mountpoint, b.Mountpoint) })
	c.skipped, c.shown, c.keys = append([]SkippedMount{}, skipped...), make([]Mount, len(shown)), make([]mountKey, len(shown))
	c.entries = make(map[mountKey]mountEntry, len(shown))
	for i, e := range shown {
		c.keys[i] = mountKey{e.mountpoint, e.major, e.minor}
		c.entries[c.keys[i]] = e
		c.shown[i] = describeMount(e, private)
	}
	return nil
}

// readMountinfo reads the mounts of the machine, those of process 1. Where they
// are hidden (hidepid, ProtectProc), it falls back on those of this process: a
// service in a sandbox then sees what the sandbox mounts, and misses what it
// hides. private reports that.
func (c *mountCollector) readMountinfo(ctx context.Context) (text []byte, private bool, err error) {
	text, err = readInto(procPath(ctx, "1", "mountinfo"), c.buf)
	if err != nil {
		private = true
		text, err = readInto(procPath(ctx, "self", "mountinfo"), c.buf)
	}
	if err == nil {
		c.buf = text
	}
	return text, private, err
}

// describeMount gives what does not need statfs. Sandboxes remount everything
// read-only for their process, so in private mounts only the options of the
// file system itself tell of the machine.
func describeMount(e mountEntry, private bool) Mount {
	return Mount{
		Mountpoint: e.mountpoint,
		Device:     e.source,
		FSType:     e.fstype,
		Options:    e.allOptions(),
		ReadOnly:   hasOption(e.superOptions, "ro") || !private && hasOption(e.options, "ro"),
		Major:      e.major,
		Minor:      e.minor,
	}
}

// age writes a duration as coarsely as it is of interest.
func age(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprint(d.Round(10 * time.Millisecond))
	}
	return fmt.Sprint(d.Round(time.Second))
}
