package collector

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// Block devices seldom change how they are stacked. What is new shows by a number
// that is not known, and is looked up at once, but no oftener than this.
const (
	stackLookup  = 10 * time.Second
	stackRefresh = 5 * time.Minute
)

// ioStacks knows which block devices lie on each other, to count what a control
// group moves once. Source: /sys/block.
type ioStacks struct {
	devices map[[2]uint32]stackedDevice
	read    time.Time
	sums    []stackSum
}

type stackedDevice struct {
	stack  int  // devices of one number lie on each other
	top    bool // nothing lies on it
	bottom bool // it lies on nothing
	none   bool // it is memory, or a file: nothing moves
}

// refresh reads the devices anew where all has one that is not known, or they are
// old.
func (s *ioStacks) refresh(ctx context.Context, all []deviceIO, now time.Time) {
	age := now.Sub(s.read)
	if !s.read.IsZero() && age < stackRefresh && (age < stackLookup || s.know(all)) {
		return
	}
	s.read, s.devices = now, readStacks(ctx)
}

func (s *ioStacks) know(all []deviceIO) bool {
	for _, d := range all {
		if _, known := s.devices[[2]uint32{d.major, d.minor}]; !known {
			return false
		}
	}
	return true
}

// blockStack is one whole block device.
type blockStack struct {
	number [2]uint32
	name   string
	below  []string // whole devices that it lies on
	above  bool     // something lies on it
	stack  int
}

// readStacks reads /sys/block. Where it cannot be read, each device counts by itself.
func readStacks(ctx context.Context) map[[2]uint32]stackedDevice {
	entries, err := os.ReadDir(sysPath(ctx, "block"))
	if err != nil {
		return nil
	}
	all := make(map[string]*blockStack, len(entries))
	order := make([]*blockStack, 0, len(entries))
	for _, e := range entries {
		if b := readBlockStack(sysPath(ctx, "block", e.Name()), e.Name()); b != nil {
			b.stack = len(order)
			all[b.name] = b
			order = append(order, b)
		}
	}
	joinStacks(order, all)
	devices := make(map[[2]uint32]stackedDevice, len(order))
	for _, b := range order {
		id := diskID{name: b.name}
		devices[b.number] = stackedDevice{b.stack, !b.above, len(b.below) == 0, id.inMemory() || id.isNumbered("loop")}
	}
	return devices
}

func readBlockStack(dir, name string) *blockStack {
	word, err := readWord(filepath.Join(dir, "dev"))
	if err != nil {
		return nil
	}
	major, minor, ok := parseIODevice([]byte(word))
	if !ok {
		return nil
	}
	b := &blockStack{number: [2]uint32{major, minor}, name: name}
	slaves, _ := os.ReadDir(filepath.Join(dir, "slaves"))
	for _, slave := range slaves {
		b.below = append(b.below, wholeDevice(filepath.Join(dir, "slaves", slave.Name())))
	}
	return b
}

// wholeDevice is the name of the device at path, or of that which it is a partition
// of.
func wholeDevice(path string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return filepath.Base(path)
	}
	if exists(filepath.Join(target, "partition")) {
		return filepath.Base(filepath.Dir(target))
	}
	return filepath.Base(target)
}

// joinStacks gives all devices that lie on each other the least of their numbers.
func joinStacks(order []*blockStack, all map[string]*blockStack) {
	for joined := true; joined; {
		joined = false
		for _, b := range order {
			for _, name := range b.below {
				below := all[name]
				if below == nil {
					continue
				}
				below.above = true
				if below.stack != b.stack {
					least := min(below.stack, b.stack)
					below.stack, b.stack = least, least
					joined = true
				}
			}
		}
	}
}
