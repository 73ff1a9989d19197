package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// classWatch says when the entries of a directory have changed. It compares
// what getdents(2) gives as it stands, with inode numbers, for a device that is
// plugged in again may have the name of before.
type classWatch struct {
	seen, buf []byte
	begun     bool
}

// changed reports true at the first call and after every change. A directory
// that does not exist is one without entries.
func (w *classWatch) changed(path string) (bool, error) {
	entries, err := readDirents(path, w.buf[:0])
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.begun = false
		return true, err
	}
	if w.begun && bytes.Equal(entries, w.seen) {
		w.buf = entries
		return false, nil
	}
	w.seen, w.buf, w.begun = entries, w.seen, true
	return true, nil
}

// readDirents appends the entries of a directory in the form of the kernel.
func readDirents(path string, buf []byte) ([]byte, error) {
	fd, err := retryEINTR(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return buf, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for {
		buf = slices.Grow(buf, 4096)
		n, err := retryEINTR(func() (int, error) { return unix.Getdents(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return buf, &fs.PathError{Op: "getdents", Path: path, Err: err}
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
		if len(buf) > readLimit {
			return buf, &fs.PathError{Op: "getdents", Path: path, Err: errTooLong}
		}
	}
}

// classEntry is one device of a class of sysfs.
type classEntry struct {
	name   string // "hwmon3"
	dir    string // /sys/class/CLASS/NAME
	target string // where that leads
	key    string // target and its inode
}

// listClass returns the devices of a class, in the order of their names; none
// where the class does not exist.
func listClass(ctx context.Context, class string) []classEntry {
	entries, err := os.ReadDir(sysPath(ctx, "class", class))
	if err != nil {
		return nil
	}
	list := make([]classEntry, 0, len(entries))
	for _, e := range entries {
		dir := sysPath(ctx, "class", class, e.Name())
		target, err := filepath.EvalSymlinks(dir)
		if err != nil {
			continue
		}
		var s unix.Stat_t
		if unix.Stat(target, &s) != nil {
			continue
		}
		list = append(list, classEntry{e.Name(), dir, target, target + "#" + strconv.FormatUint(s.Ino, 10)})
	}
	slices.SortFunc(list, func(a, b classEntry) int { return naturalCompare(a.name, b.name) })
	return list
}

// devicePath is a resolved path of sysfs without what comes before /sys/devices.
func devicePath(ctx context.Context, target string) string {
	if root, err := filepath.EvalSymlinks(sysPath(ctx, "devices")); err == nil {
		if path, ok := strings.CutPrefix(target, root+"/"); ok {
			return path
		}
	}
	return target
}

var sensorClasses = [...]string{"hwmon", "thermal", "power_supply"}

// refresh finds the devices anew when one has come or gone.
func (r *sensorReader) refresh(ctx context.Context) error {
	changed := false
	for i, class := range sensorClasses {
		is, err := r.classes[i].changed(sysPath(ctx, "class", class))
		if err != nil {
			return err
		}
		changed = changed || is
	}
	if !changed {
		return nil
	}
	if _, err := os.Stat(sysPath(ctx, "class")); err != nil {
		r.classes = [len(sensorClasses)]classWatch{}
		return hintAtSys(err)
	}
	known := make(map[string]*sensorDevice, len(r.devices))
	for _, d := range r.devices {
		known[d.key] = d
	}
	found := findSensorDevices(ctx, r.rests)
	for i, d := range found {
		if old := known[d.key]; old != nil {
			found[i] = old
		}
	}
	r.devices = found
	return nil
}

func hintAtSys(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (is /sys mounted?)", err)
	}
	return err
}

// findSensorDevices lists what there is, in an order that boots do not change.
func findSensorDevices(ctx context.Context, rests *deviceRests) []*sensorDevice {
	chips := findHwmonChips(ctx, rests)
	var devices []*sensorDevice
	for _, chip := range chips {
		devices = append(devices, chip.device())
	}
	for _, zone := range findThermalZones(ctx, chips) {
		devices = append(devices, zone.device())
	}
	slices.SortStableFunc(devices, func(a, b *sensorDevice) int { return naturalCompare(a.path, b.path) })
	return append(devices, findPowerSupplies(ctx)...)
}
