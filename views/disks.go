package views

import "github.com/tacho-monitor/tacho/collector"

// branch is one disk in the order in which they are shown.
type branch struct {
	disk  collector.Disk
	child bool // stands below the device that it is a part of
}

// diskTree puts partitions behind the device that they are of. One whose device
// is not there stands alone.
func diskTree(disks []collector.Disk) []branch {
	parts := make(map[string][]collector.Disk)
	whole := make(map[string]bool)
	for _, d := range disks {
		if d.Parent == "" {
			whole[d.Name] = true
		} else {
			parts[d.Parent] = append(parts[d.Parent], d)
		}
	}
	tree := make([]branch, 0, len(disks))
	for _, d := range disks {
		if d.Parent != "" && whole[d.Parent] {
			continue
		}
		tree = append(tree, branch{disk: d})
		if d.Parent == "" {
			for _, part := range parts[d.Name] {
				tree = append(tree, branch{disk: part, child: true})
			}
		}
	}
	return tree
}

func (b branch) title() string {
	kind := ""
	switch {
	case b.disk.Parent != "":
		kind = "partition of " + clean(b.disk.Parent)
	case b.disk.Stacked:
		kind = "stacked on other devices, not in the sums"
	}
	size := ""
	if number, ok := b.disk.Size.Get(); ok {
		size = format(bytes).text(number)
	}
	return join(clean(b.disk.Name), clean(b.disk.Label), size, kind)
}

// zero reports a number that is nothing: it is dimmed, so that others stand out.
func zero(v collector.Value) bool {
	number, ok := v.Get()
	return ok && number == 0
}
