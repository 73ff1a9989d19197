package collector

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// blockDevice is what sysfs tells of a device besides its counters.
type blockDevice struct {
	known   bool // there is a directory for it
	label   string
	parent  string // "" for a whole device
	stacked bool
	size    Value
}

// readBlockDevice reads /sys/dev/block/MAJOR:MINOR.
func readBlockDevice(ctx context.Context, id diskID) (b blockDevice) {
	number := strconv.Itoa(int(id.major)) + ":" + strconv.Itoa(int(id.minor))
	dir := sysPath(ctx, "dev", "block", number)
	target, err := filepath.EvalSymlinks(dir)
	if err != nil {
		b.size = Missing(statusOf(err))
		return b
	}
	b.known = true
	b.size = readDeviceSize(dir)
	if exists(filepath.Join(dir, "partition")) {
		// The kernel writes ! for the / of names such as cciss/c0d0.
		b.parent = strings.ReplaceAll(filepath.Base(filepath.Dir(target)), "!", "/")
		return b
	}
	b.stacked = id.isStacked() || hasEntries(filepath.Join(dir, "slaves")) ||
		exists(filepath.Join(dir, "dm")) || exists(filepath.Join(dir, "md"))
	b.label, err = readWord(filepath.Join(dir, "dm", "name"))
	if err != nil {
		b.label, _ = readWord(filepath.Join(dir, "device", "model"))
	}
	return b
}

func readDeviceSize(dir string) Value {
	word, err := readWord(filepath.Join(dir, "size"))
	if err != nil {
		return Missing(statusOf(err))
	}
	sectors, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(sectors) * sectorSize)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func hasEntries(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0
}

// isStacked knows stacked devices by name: those that do not say in sysfs what
// is below them (loops, ZFS volumes, DRBD), and the others for where sysfs cannot
// be read. Below rbd and nbd is another machine, so they are not among them.
func (id diskID) isStacked() bool {
	return id.isNumbered("loop", "zd", "drbd", "dm-", "md", "bcache") || strings.HasPrefix(id.name, "md_")
}

// multipathHeads returns the NVMe namespaces that have their paths in
// diskstats: nvme0n1 of nvme0c1n1. Every kernel counts on the paths, and later
// ones on the namespace as well. A path has no device number, so sysfs does not
// tell of it by number, nor do namespaces have it among their slaves.
func multipathHeads(all []diskstats) map[string]bool {
	heads := make(map[string]bool)
	for _, d := range all {
		if head := d.multipathHead(); head != "" {
			heads[head] = true
		}
	}
	return heads
}

// multipathHead returns the namespace that a path is of, or "".
func (id diskID) multipathHead() string {
	rest, ok := strings.CutPrefix(id.name, "nvme")
	subsystem, path, isPath := strings.Cut(rest, "c")
	controller, namespace, isWhole := strings.Cut(path, "n")
	if !ok || !isPath || !isWhole || !isNumber(subsystem) || !isNumber(controller) || !isNumber(namespace) {
		return ""
	}
	return "nvme" + subsystem + "n" + namespace
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// inMemory: RAM disks, and zram, which is memory or swap in memory.
func (id diskID) inMemory() bool { return id.isNumbered("ram", "zram") }

// isDrive: devices that tell a size even without a medium in them.
func (id diskID) isDrive() bool { return id.isNumbered("sr", "fd") }

// isNumbered reports whether the name is one of the prefixes and a number.
func (id diskID) isNumbered(prefixes ...string) bool {
	prefix := strings.TrimRight(id.name, "0123456789")
	for _, p := range prefixes {
		if prefix == p && prefix != id.name {
			return true
		}
	}
	return false
}

// absent reports whether there is nothing behind the device: a loop without a
// file, a slot without a card, a drive without a medium.
func (d diskstats) absent(b blockDevice) bool {
	if size, ok := b.size.Get(); ok && !d.isDrive() {
		return size == 0
	}
	return d.reads == 0 && d.writes == 0
}

// parentByName finds the whole device of a partition where sysfs cannot be
// read: sda of sda1, nvme0n1 of nvme0n1p1.
func parentByName(name string, all map[string]bool) string {
	whole := strings.TrimRight(name, "0123456789")
	if whole == name {
		return ""
	}
	if base, ok := strings.CutSuffix(whole, "p"); ok && base != "" && isDigit(base[len(base)-1]) {
		whole = base
	}
	if !all[whole] {
		return ""
	}
	return whole
}
