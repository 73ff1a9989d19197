package collector

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cgroupSource is what of a control group comes from one directory. With version 2
// all of it comes from the same one.
type cgroupSource uint8

const (
	sourceCPUTime cgroupSource = iota // v1: cpuacct
	sourceCPU                         // weight and limit; v1: cpu
	sourceMemory
	sourceIO // v1: blkio
	sourcePIDs
	sourceUnified // what version 2 alone has: pressure, and whether there are processes
	cgroupSources
)

// cgroupControllers are what version 1 calls the sources that it has.
var cgroupControllers = [sourceUnified]string{"cpuacct", "cpu", "memory", "blkio", "pids"}

// cgroupHierarchies are the trees of control groups of this machine.
type cgroupHierarchies struct {
	name  string
	trees []*cgroupTree
	// sources are the trees that have a source, the better one first.
	sources [cgroupSources][]*cgroupTree
}

// findCgroups looks for hierarchies below /sys/fs/cgroup by what is in there, not
// by the table of mounts, which may be that of another machine or container.
func findCgroups(ctx context.Context) (*cgroupHierarchies, error) {
	root := sysPath(ctx, "fs", "cgroup")
	h := &cgroupHierarchies{}
	if isCgroup2(root) {
		h.name = "v2"
		h.addUnified(root)
		return h, nil
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		if statusOf(err) == Unsupported {
			err = fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return nil, err
	}
	h.name = "v1"
	for source, controller := range cgroupControllers {
		h.addController(root, entries, controller, cgroupSource(source))
	}
	if unified := filepath.Join(root, "unified"); isCgroup2(unified) {
		h.name = "hybrid"
		h.addUnified(unified)
	} else if systemd := filepath.Join(root, "systemd"); exists(filepath.Join(systemd, "cgroup.procs")) {
		// Every unit is there, those without a controller in no other tree.
		h.trees = append(h.trees, &cgroupTree{root: systemd})
	}
	if len(h.trees) == 0 {
		return nil, fmt.Errorf("%w: no hierarchy in %s", ErrUnsupported, root)
	}
	return h, nil
}

func isCgroup2(dir string) bool { return exists(filepath.Join(dir, "cgroup.controllers")) }

func (h *cgroupHierarchies) addUnified(root string) {
	t := &cgroupTree{root: root, v2: true}
	h.trees = append(h.trees, t)
	for source := range h.sources {
		h.sources[source] = append(h.sources[source], t)
	}
}

// addController adds the tree of version 1 of a controller, which may share it with
// others: "cpu,cpuacct" or "cpuacct,cpu", with links by the single names.
func (h *cgroupHierarchies) addController(root string, entries []fs.DirEntry, controller string, source cgroupSource) {
	for _, e := range entries {
		if !slices.Contains(strings.Split(e.Name(), ","), controller) {
			continue
		}
		dir, err := filepath.EvalSymlinks(filepath.Join(root, e.Name()))
		if err != nil || !exists(filepath.Join(dir, "cgroup.procs")) {
			continue
		}
		h.sources[source] = []*cgroupTree{h.tree(dir)}
		return
	}
}

func (h *cgroupHierarchies) tree(root string) *cgroupTree {
	for _, t := range h.trees {
		if t.root == root {
			return t
		}
	}
	t := &cgroupTree{root: root}
	h.trees = append(h.trees, t)
	return t
}
