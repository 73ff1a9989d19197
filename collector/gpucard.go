package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// gpuCard is a GPU whose driver tells its numbers in sysfs.
type gpuCard struct {
	identity GPU
	dir      string // /sys/class/drm/cardN
	device   string // that it is a card of, resolved

	name   string    // by the driver; "" when it has none
	probed time.Time // when files were looked for; zero while it was never awake
	fast   []gpuFile // read at each tick
	slow   []gpuFile // read when files are looked for
	fixed  []Value   // of slow
	idle   string    // the counter of milliseconds in RC6; "" without one
	before gpuCounters
	rest   gpuRest
	rests  *deviceRests // has rest for others
	buf    []byte
}

// gpuFile is a file of one number.
type gpuFile struct {
	path  string
	unit  float64
	of    func(*GPU) *Value
	parse func(string) (float64, error)
}

// gpuCounters are what rates are made of, at one time.
type gpuCounters struct {
	at     time.Time // zero when there is no baseline
	idle   Value     // milliseconds
	energy Value     // joules
}

// gpuVendors are the makers by their PCI numbers, as in uevent.
var gpuVendors = map[string]string{"1002": "amd", "8086": "intel", "10DE": "nvidia"}

var vendorTitles = map[string]string{"amd": "AMD", "intel": "Intel", "nvidia": "NVIDIA"}

// findCards lists /sys/class/drm without asking the drivers. Cards of other makers
// (virtual ones, the graphics of a BMC) are left out, and those of NVIDIA's driver.
func findCards(ctx context.Context, rests *deviceRests) ([]*gpuCard, error) {
	dir := sysPath(ctx, "class/drm")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var cards []*gpuCard
	for _, entry := range entries {
		number, isCard := strings.CutPrefix(entry.Name(), "card")
		if _, err := strconv.ParseUint(number, 10, 31); !isCard || err != nil {
			continue
		}
		text, err := readText(filepath.Join(dir, entry.Name(), "device/uevent"))
		if err != nil {
			continue // a card that is no device, or has just gone
		}
		if g, ok := parseGPUEvent(text); ok && g.Driver != nvidiaDriver {
			g.Node = entry.Name()
			g.DriverVersion = driverVersion(ctx, g.Driver)
			cards = append(cards, newGPUCard(g, filepath.Join(dir, entry.Name()), rests))
		}
	}
	return cards, nil
}

func newGPUCard(identity GPU, dir string, rests *deviceRests) *gpuCard {
	device, err := filepath.EvalSymlinks(filepath.Join(dir, "device"))
	if err != nil {
		device = filepath.Join(dir, "device")
	}
	return &gpuCard{identity: identity, dir: dir, device: device, rests: rests}
}

// parseGPUEvent takes the uevent of a PCI device, and reports whether it is a GPU
// of a maker that is known here.
func parseGPUEvent(text string) (GPU, bool) {
	var g GPU
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch name {
		case "DRIVER":
			g.Driver = value
		case "PCI_SLOT_NAME":
			g.Device = value
		case "PCI_ID":
			vendor, _, _ := strings.Cut(value, ":")
			g.Vendor = gpuVendors[vendor]
			g.Name = vendorTitles[g.Vendor] + " " + strings.ToLower(value)
		}
	}
	return g, g.Vendor != "" && g.Device != ""
}

// driverVersion is that of a module from outside the kernel; "" for others.
func driverVersion(ctx context.Context, driver string) string {
	if driver == "" {
		return ""
	}
	version, err := readWord(sysPath(ctx, "module", driver, "version"))
	if err != nil {
		return ""
	}
	return version
}

func (c *gpuCard) gpus() []GPU { return []GPU{c.identity} }

func (c *gpuCard) read() ([]GPU, error) {
	now := time.Now()
	if isSuspended(filepath.Join(c.dir, "device")) {
		c.rest.slept()
		c.rests.set(c.device, c.rest.until)
		return []GPU{c.inactive("suspended")}, nil
	}
	if c.rest.isOn(now) {
		return []GPU{c.inactive("resting")}, nil
	}
	if c.probed.IsZero() || now.Sub(c.probed) >= gpuInterval {
		c.probe()
		c.probed = now
	}
	g := c.known()
	g.State = "active"
	for _, f := range c.fast {
		*f.of(&g) = c.number(f)
	}
	c.count(&g)
	g.MemoryUsedPercent = shareOf(g.MemoryUsed, g.MemoryTotal)
	busy, known := g.Usage.Get()
	c.rest.saw(!known || busy >= 1, now)
	c.rests.set(c.device, c.rest.until)
	return []GPU{g}, nil
}

// inactive is the card while it is not to be touched.
func (c *gpuCard) inactive(state string) GPU {
	c.before = gpuCounters{}
	g := c.identity.without(Idle, state, "")
	g.ProcessesStatus = Unsupported
	c.fill(&g)
	return g
}

// known is the card with what seldom changes about it.
func (c *gpuCard) known() GPU {
	g := c.identity
	c.fill(&g)
	return g
}

func (c *gpuCard) fill(g *GPU) {
	if c.name != "" {
		g.Name = c.name
	}
	for i, f := range c.slow {
		*f.of(g) = c.fixed[i]
	}
}

// probe finds the files that this card has, and reads those that seldom change.
func (c *gpuCard) probe() {
	device := filepath.Join(c.dir, "device")
	if name, err := readWord(filepath.Join(device, "product_name")); err == nil {
		c.name = name
	}
	c.fast, c.slow = nil, nil
	switch c.identity.Vendor {
	case "amd":
		c.probeAMD(device)
	case "intel":
		c.probeIntel(device)
	}
	c.probeSensors(device)
	c.fixed = c.fixed[:0]
	for _, f := range c.slow {
		c.fixed = append(c.fixed, c.number(f))
	}
	c.rest.probe(device, c.hasDisplay())
}

// hasDisplay: one that drives a display never sleeps. Connectors are cardN-NAME.
func (c *gpuCard) hasDisplay() bool {
	connectors, _ := filepath.Glob(c.dir + "-*/enabled")
	for _, path := range connectors {
		if word, err := readWord(path); err == nil && word == "enabled" {
			return true
		}
	}
	return false
}

// addFast has the first of paths that exists be read at each tick.
func (c *gpuCard) addFast(of func(*GPU) *Value, unit float64, parse func(string) (float64, error), paths ...string) {
	if path := firstThere(paths); path != "" {
		c.fast = append(c.fast, gpuFile{path, unit, of, parse})
	}
}

// addSlow has the first of paths that exists be read when files are looked for.
func (c *gpuCard) addSlow(of func(*GPU) *Value, unit float64, parse func(string) (float64, error), paths ...string) {
	if path := firstThere(paths); path != "" {
		c.slow = append(c.slow, gpuFile{path, unit, of, parse})
	}
}

// firstThere asks for the names only: to open a file of a driver may be to call it.
func firstThere(paths []string) string {
	for _, path := range paths {
		if unix.Access(path, unix.F_OK) == nil {
			return path
		}
	}
	return ""
}

func (c *gpuCard) number(f gpuFile) Value {
	text, err := readInto(f.path, c.buf)
	if err != nil {
		return Missing(gpuStatus(err))
	}
	c.buf = text
	number, err := f.parse(string(bytes.TrimSpace(text)))
	if err != nil {
		return Missing(Failed)
	}
	return Of(number * f.unit)
}

// gpuStatus is what the error of reading a driver's file says about its number.
// Drivers have the files of all models, and say so of what a model has not. EPERM
// of read(2), not of open(2), is a GPU that is being reset.
func gpuStatus(err error) Status {
	var at *fs.PathError
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENODATA):
		return Unsupported
	case errors.As(err, &at) && at.Op == "read" && errors.Is(err, unix.EPERM):
		return Failed
	}
	return statusOf(err)
}

// isSuspended asks the core of the kernel's power management, not the driver. A
// device without it does not sleep.
func isSuspended(device string) bool {
	status, err := readWord(filepath.Join(device, "power/runtime_status"))
	return err == nil && (status == "suspended" || status == "suspending")
}

// shareOf is 100 * part / whole, missing for the reason that either is missing.
func shareOf(part, whole Value) Value {
	p, ok := part.Get()
	if !ok {
		return Missing(part.Status())
	}
	w, ok := whole.Get()
	if !ok {
		return Missing(whole.Status())
	}
	return percentOf(p, w)
}

// parseAmount takes a number that cannot be negative.
func parseAmount(text string) (float64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	return float64(n), err
}

// parsePercent takes a whole number to 100.
func parsePercent(text string) (float64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil && n > 100 {
		err = fmt.Errorf("%d is no percentage", n)
	}
	return float64(n), err
}

// parseTemperature takes thousandths of a degree Celsius, which no driver means
// below absolute zero or above what silicon bears.
func parseTemperature(text string) (float64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (n < -273150 || n > 250_000) {
		err = fmt.Errorf("%d is no temperature", n)
	}
	return float64(n), err
}
