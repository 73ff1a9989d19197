package views

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// tile is one number at the top of the page: the one by which a resource is
// known to have enough, or not.
type tile struct {
	key      string // "cpu": what it is about
	label    string
	about    string // what the number is and where it comes from
	value    collector.Value
	as       format
	where    string // the path that the limit is about, which may be long
	limit    string // what it is a part of, or may not pass: "of 23.5 GiB"
	columns  string // the trend, as columns of the samples
	most     string // the end of its scale; "" for that of what there was
	panel    string // the panel that shows more
	severity findings.Severity
	stale    bool
}

// tiles are the numbers at a glance, in the order in which they matter. What the
// machine does not have at all has no tile.
func tiles(s *collector.Snapshot, found []findings.Finding) []tile {
	all := []tile{cpuTile(s), memoryTile(s), diskTile(s), networkTile(s), pressureTile(s)}
	if heat, ok := heatTile(s); ok {
		all = append(all, heat)
	}
	for i := range all {
		all[i].judge(found)
	}
	return all
}

// word says what the colour of a tile says.
func (t tile) word() string {
	switch t.severity {
	case findings.Critical:
		return "critical"
	case findings.Warning:
		return "warning"
	}
	return ""
}

// judge takes over the worst finding about what the tile is about, and leads to
// the panel that shows it.
func (t *tile) judge(found []findings.Finding) {
	for _, f := range found {
		if isAbout(f, t.key) && f.Severity > t.severity {
			t.severity, t.panel = f.Severity, panelOf(f.Section)
		}
	}
}

// isAbout reports a finding that a tile shows. What tasks wait for is short, so
// pressure is shown by its own tile and by that of the resource.
func isAbout(f findings.Finding, key string) bool {
	resource := map[string]string{"CPU": "cpu", "memory": "memory", "I/O": "disk"}[f.Subject]
	return tileOf(f) == key || f.Section == "pressure" && resource == key
}

// tileOf is the tile of the section that a finding is about, "" for none.
func tileOf(f findings.Finding) string {
	switch f.Section {
	case "cpu", "memory", "network", "pressure":
		return f.Section
	case "load":
		return "cpu"
	case "swap":
		return "memory"
	case "disks", "mounts", "raid", "zfs":
		return "disk"
	case "sockets", "connections":
		return "network"
	case "sensors":
		return "temperature"
	case "kernel":
		if f.Subject == "memory" {
			return "memory"
		}
	}
	return ""
}

func cpuTile(s *collector.Snapshot) tile {
	return tile{
		key: "cpu", panel: "cpu", label: "CPU", columns: "cpu.busy", most: "100", as: tenths,
		about: sourced("processor time that is used", "cpu", "usage.busy_percent"),
		value: pick(s.CPU, func(c collector.CPU) collector.Value { return c.Usage.Busy }),
		limit: "of " + plural(max(1, len(s.CPU.Value.Cores)), "core"),
		stale: noteOf(s.CPU, s).stale(),
	}
}

func memoryTile(s *collector.Snapshot) tile {
	t := tile{
		key: "memory", panel: "memory", label: "Memory", columns: "memory.used", as: tenths,
		about: sourced("memory that cannot be had back", "memory", "used_percent"),
		value: pick(s.Memory, func(m collector.Memory) collector.Value { return m.UsedPercent }),
		stale: noteOf(s.Memory, s).stale(),
	}
	if s.Memory.Has() {
		t.limit = "of " + format(bytes).text(float64(s.Memory.Value.Total))
		t.most = strconv.FormatUint(s.Memory.Value.Total, 10)
	}
	return t
}

// diskTile is how busy the busiest disk is, and how full the fullest file system.
func diskTile(s *collector.Snapshot) tile {
	name, busy := busiestDisk(s)
	t := tile{
		key: "disk", panel: "disks", label: "Disk", columns: "disks.busy", most: "100", as: tenths, value: busy,
		about: sourced(join("time that the busiest disk had something to do", clean(name)), "disks", "[].utilisation_percent"),
		stale: noteOf(s.Disks, s).stale(),
	}
	t.limit = clean(name)
	if s.Mounts.Has() {
		if path, used := fullest(s.Mounts.Value.Mounts); used >= 0 {
			t.where, t.limit = clean(path), format(percent).text(used)+" full"
		}
	}
	return t
}

// busiestDisk is the whole device that was busy for most of the tick. Where none
// has a number, it says why the first has none.
func busiestDisk(s *collector.Snapshot) (name string, share collector.Value) {
	if !s.Disks.Has() {
		return "", collector.Missing(s.Disks.Status())
	}
	share = collector.Missing(collector.Unsupported)
	for i, d := range s.Disks.Value {
		if d.Parent != "" || d.Stacked {
			continue
		}
		number, ok := d.Utilisation.Get()
		most, known := share.Get()
		if ok && (!known || number > most) || i == 0 {
			name, share = d.Name, d.Utilisation
		}
	}
	return name, share
}

func networkTile(s *collector.Snapshot) tile {
	t := tile{
		key: "network", panel: "network", label: "Network", columns: "network.receive network.transmit", as: byteRate,
		about: sourced("received and sent", "network", "[].receive.bytes_per_second"), limit: "in and out",
		value: collector.Missing(s.Network.Status()),
		stale: noteOf(s.Network, s).stale(),
	}
	if s.Network.Has() {
		t.value = sum(collector.NetworkTotals(s.Network.Value))
		if speed, ok := onlySpeed(s.Network.Value); ok {
			t.limit = "of " + format(bitRate).text(speed)
		}
	}
	return t
}

// onlySpeed is the speed of the one physical link that is up, in bits per second.
func onlySpeed(links []collector.Interface) (speed float64, ok bool) {
	for _, link := range links {
		if link.Kind != collector.KindPhysical || link.CountedBy != "" || link.State == "down" {
			continue
		}
		if ok {
			return 0, false
		}
		if speed, ok = link.Speed.Get(); !ok {
			return 0, false
		}
	}
	return speed, ok
}

// pressureTile is what tasks waited for most.
func pressureTile(s *collector.Snapshot) tile {
	t := tile{
		key: "pressure", panel: "pressure", label: "Pressure", columns: "pressure.cpu pressure.memory pressure.io", most: "100", as: tenths,
		about: sourced("time in which a task waited for what was short", "pressure", "cpu.some.share_percent"),
		value: collector.Missing(s.Pressure.Status()),
		stale: noteOf(s.Pressure, s).stale(),
	}
	if s.Pressure.Has() {
		t.value, t.limit = longestWait(s.Pressure.Value)
	}
	return t
}

// longestWait is the greatest of the three shares, and what it is about. That
// nothing waits takes all three to know.
func longestWait(p collector.Pressure) (longest collector.Value, about string) {
	longest, all := p.CPU.Some.Share, true
	for _, resource := range []struct {
		name  string
		share collector.Value
	}{{"CPU", p.CPU.Some.Share}, {"memory", p.Memory.Some.Share}, {"I/O", p.IO.Some.Share}} {
		number, ok := resource.share.Get()
		most, known := longest.Get()
		if all = all && ok; ok && (!known || number >= most) {
			longest = resource.share
			if number > 0 {
				about = "tasks wait for " + resource.name
			}
		}
	}
	if about == "" && all {
		about = "nothing waits"
	}
	return longest, about
}

// heatTile is the temperature that is nearest to its limit; where none has one,
// the highest. A machine without has no tile.
func heatTile(s *collector.Snapshot) (t tile, ok bool) {
	if !s.Sensors.Has() {
		return t, false
	}
	hottest, ok := nearestLimit(s.Sensors.Value.Temperatures)
	if !ok {
		return t, false
	}
	t = tile{
		key: "temperature", panel: "sensors", label: "Temperature", columns: "sensors.heat", as: celsius, value: hottest.Value,
		about: sourced(join(clean(hottest.Label), clean(hottest.Chip)), "sensors", "temperatures[].value"), limit: clean(hottest.Label),
		stale: noteOf(s.Sensors, s).stale(),
	}
	if limit, set := highest(hottest); set {
		t.limit = "limit " + strconv.FormatFloat(limit, 'f', 0, 64) + "\u00a0°C"
		t.most = strconv.FormatFloat(limit, 'f', 1, 64)
	}
	return t, true
}

// nearestLimit is the sensor with the greatest share of its limit, and without
// any limit the highest number.
func nearestLimit(sensors []collector.Sensor) (nearest collector.Sensor, found bool) {
	most := collector.Missing(collector.Unsupported)
	for _, one := range sensors {
		number, ok := one.Value.Get()
		if !ok {
			continue
		}
		share := ofLimit(one)
		of, limited := share.Get()
		best, known := most.Get()
		last, _ := nearest.Value.Get()
		if !found || limited && (!known || of > best) || !limited && !known && number > last {
			nearest, most, found = one, share, true
		}
	}
	return nearest, found
}

// highest is the limit that [ofLimit] measures by.
func highest(s collector.Sensor) (limit float64, set bool) {
	for _, bound := range []collector.Value{s.Critical, s.High} {
		if limit, set = bound.Get(); set && limit > 0 {
			return limit, true
		}
	}
	return 0, false
}
