package collector

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sensorRefresh is how often labels, limits and alarms of a chip are read, which
// hardly ever change and may be as slow as its inputs.
const sensorRefresh = 10 * time.Second

// sensorChip is one hwmon chip or one thermal zone. Only the call in the fence
// touches it once it is a device.
type sensorChip struct {
	key   string
	name  string // its driver's name for it
	dir   string // that holds its attributes
	path  string // its device, resolved
	below string // the same below /sys/devices
	pause time.Duration
	pacer pacer
	rests *deviceRests  // of the device; nil where nobody else asks it
	drive *diskActivity // nil where the device is none that this matters for

	list     func(*sensorChip) []chipInput // what inputs there are, by the names of the files
	describe func(*sensorChip, *chipInput) // reads label and limits of one
	files    map[string]bool               // in dir
	inputs   []chipInput
	shown    []Sensor  // of the inputs, without values
	fresh    time.Time // when labels and limits were read
	power    *keptFile // what runtime power management says; nil where it has no say
}

type chipInput struct {
	Sensor
	quantity *sensorQuantity
	value    *keptFile
	fault    *keptFile // nil without
}

// findHwmonChips lists /sys/class/hwmon.
func findHwmonChips(ctx context.Context, rests *deviceRests) []*sensorChip {
	var chips []*sensorChip
	for _, entry := range listClass(ctx, "hwmon") {
		device, err := filepath.EvalSymlinks(filepath.Join(entry.dir, "device"))
		dir := entry.dir
		if err == nil && !exists(filepath.Join(dir, "name")) {
			dir = filepath.Join(dir, "device") // drivers of old kernels
		}
		chip := &sensorChip{key: entry.key, name: readLine(dir, "name"), dir: dir, path: device, list: hwmonInputs, describe: describeHwmon}
		if err != nil {
			// Of no device: hwmonN is the one part that changes between boots.
			chip.path = filepath.Join(filepath.Dir(entry.target), chip.name)
		}
		chip.below = devicePath(ctx, chip.path)
		chip.pause, chip.rests = chipPause[chip.name], rests
		if chip.name == "drivetemp" {
			chip.drive = &diskActivity{device: chip.path}
		}
		chips = append(chips, chip)
	}
	return chips
}

// chipPause is for chips that a reading disturbs. Of a drive it is a command, and
// the temperature changes slowly. Of a processor it is an interrupt for each core,
// which wakes those that are idle.
var chipPause = map[string]time.Duration{
	"nvme": 10 * time.Second, "drivetemp": time.Minute,
	"coretemp": clockInterval, "x86_pkg_temp": clockInterval,
}

// device makes the chip one for the fence, with what can be known of it without
// asking the hardware.
func (c *sensorChip) device() *sensorDevice {
	c.enumerate()
	shown := make([]Sensor, len(c.inputs))
	for i := range c.inputs {
		shown[i] = c.inputs[i].Sensor
	}
	return &sensorDevice{key: c.key, path: c.below, read: c.read, blank: deviceReading{inputs: shown}}
}

// enumerate finds out what inputs there are. It keeps the descriptors it has.
func (c *sensorChip) enumerate() {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	c.files = make(map[string]bool, len(entries))
	for _, e := range entries {
		c.files[e.Name()] = true
	}
	inputs := c.list(c)
	slices.SortFunc(inputs, func(a, b chipInput) int { return naturalCompare(a.Input, b.Input) })
	c.keep(inputs)
}

func hwmonInputs(c *sensorChip) []chipInput {
	var inputs []chipInput
	for file := range c.files {
		quantity, input, ok := inputOf(file)
		if ok && (file == input+"_input" || !c.files[input+"_input"]) {
			inputs = append(inputs, c.input(quantity, input, file))
		}
	}
	return inputs
}

func (c *sensorChip) input(q *sensorQuantity, name, file string) chipInput {
	in := chipInput{
		Sensor:   Sensor{Kind: q.kind, Chip: c.name, Input: name, Label: name, Unit: q.unit, Device: c.below},
		quantity: q,
		value:    &keptFile{path: filepath.Join(c.dir, file)},
	}
	if c.files[name+"_fault"] {
		in.fault = &keptFile{path: filepath.Join(c.dir, name+"_fault")}
	}
	return in
}

// keep takes these inputs for its own, with the descriptors of those before.
func (c *sensorChip) keep(inputs []chipInput) {
	for i := range inputs {
		in := &inputs[i]
		for j := range c.inputs {
			if old := &c.inputs[j]; old.value != nil && old.value.path == in.value.path {
				in.value, old.value = old.value, nil
				if in.fault != nil && old.fault != nil {
					in.fault, old.fault = old.fault, nil
				}
			}
		}
	}
	for _, old := range c.inputs {
		for _, f := range []*keptFile{old.value, old.fault} {
			if f != nil {
				f.close()
			}
		}
	}
	c.inputs = inputs
}

// read is the call for the fence.
func (c *sensorChip) read(began time.Time) (deviceReading, error) {
	refresh := c.fresh.IsZero() || began.Sub(c.fresh) >= sensorRefresh
	if refresh {
		c.power = runtimePower(c.path, c.power)
	}
	if why, pause := c.leaveAlone(began); why != "" {
		return deviceReading{at: began, pause: pause, alone: why}, nil
	}
	if refresh {
		c.enumerate()
		c.describeAll()
		c.fresh, began = began, time.Now()
	}
	values := make([]inputReading, len(c.inputs))
	for i := range c.inputs {
		values[i] = c.inputs[i].read()
	}
	if c.drive != nil {
		c.drive.note()
	}
	at := time.Now()
	return deviceReading{at: at, pause: max(c.pause, c.pacer.pauseAfter(at.Sub(began))), inputs: c.shown, values: values}, nil
}

// runtimePower returns the file that says whether the device of a chip sleeps.
func runtimePower(device string, have *keptFile) *keptFile {
	if have == nil {
		have = &keptFile{path: filepath.Join(device, "power", "runtime_status")}
	}
	if status, err := have.read(); err != nil || string(status) == "unsupported" {
		have.close()
		return nil
	}
	return have
}

// leaveAlone returns why the device is not to be asked at the moment, and for how
// long it need not be considered again; "" when it may be asked.
//
// A drive is asked only after it worked, or it would never spin down where each
// question starts its timer anew (Documentation/hwmon/drivetemp.rst).
func (c *sensorChip) leaveAlone(now time.Time) (why string, pause time.Duration) {
	switch {
	case c.sleeps():
		return "the device sleeps, and reading it would wake it", 0
	case c.rests != nil && c.rests.isOn(c.path, now):
		return "the device is idle, and left alone for some seconds so that it may fall asleep", 0
	case c.drive != nil && c.drive.isIdle():
		return "the drive is idle, and reading it would keep it from its sleep", idlePause
	}
	return "", 0
}

// sleeps reports whether the device is powered down: a read of the chip would
// wake it up, as a graphics processor of a laptop that lasts for its being off.
func (c *sensorChip) sleeps() bool {
	if c.power == nil {
		return false
	}
	status, err := c.power.read()
	return err == nil && (string(status) == "suspended" || string(status) == "suspending")
}

func (in *chipInput) read() inputReading {
	if in.fault != nil {
		if text, err := in.fault.read(); err == nil && string(text) == "1" {
			return inputReading{Missing(Failed), "the chip reports a fault of the sensor"}
		}
	}
	text, err := in.value.read()
	if err != nil {
		return inputFault(err)
	}
	return in.quantity.parse(text)
}

// describeAll reads labels, limits and alarms.
func (c *sensorChip) describeAll() {
	c.shown = make([]Sensor, len(c.inputs))
	for i := range c.inputs {
		c.describe(c, &c.inputs[i])
		c.shown[i] = c.inputs[i].Sensor
	}
}

func describeHwmon(c *sensorChip, in *chipInput) {
	if label := c.attribute(in.Input + "_label"); label != "" {
		in.Label = label
	}
	limit := func(suffix string, upper bool) Value {
		return in.quantity.limit(c.attribute(in.Input+suffix), upper)
	}
	in.High, in.Critical = limit("_max", true), limit("_crit", true)
	if in.Kind == PowerSensor && in.High.Status() != OK {
		in.High = limit("_cap", true)
	}
	in.Low, in.LowCritical = limit("_min", false), limit("_lcrit", false)
	in.Alarm = slices.ContainsFunc(alarmFiles, func(suffix string) bool { return c.attribute(in.Input+suffix) == "1" })
}

// alarmFiles are the alarms that hwmon has for an input; each chip has few.
var alarmFiles = []string{"_alarm", "_max_alarm", "_min_alarm", "_crit_alarm", "_lcrit_alarm", "_emergency_alarm", "_cap_alarm"}

// attribute reads one of the chip's files, "" where it has none of that name.
func (c *sensorChip) attribute(file string) string {
	if !c.files[file] {
		return ""
	}
	return readLine(c.dir, file)
}
