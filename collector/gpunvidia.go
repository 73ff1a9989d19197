package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tacho-monitor/tacho/nvml"
	"github.com/tacho-monitor/tacho/nvml/wire"
)

const nvidiaDriver = "nvidia"

// nvmlDenied is for errors that wrap it.
const nvmlDenied = wire.NoPermission

// nvidiaPatience is how long NVML is waited for before its helper is killed. A
// tick does not wait that long, but a driver that is at work elsewhere may take it.
const nvidiaPatience = 10 * time.Second

// nvidiaGPUs are the GPUs of NVIDIA's driver, which are asked together.
type nvidiaGPUs struct {
	client  *nvml.Client
	devices []nvidiaGPU
}

type nvidiaGPU struct {
	identity GPU    // as it was found, for whoever asks while a call hangs
	known    GPU    // with what NVML said of it since
	dir      string // of the PCI device
	before   nvidiaCounters
	rest     gpuRest
	probed   time.Time
}

type nvidiaCounters struct {
	at             time.Time
	received, sent Value
}

// findNVIDIA lists /sys/bus/pci/drivers/nvidia, which is there when the driver is
// loaded, without asking it.
func findNVIDIA(ctx context.Context) ([]nvidiaGPU, error) {
	dir := sysPath(ctx, "bus/pci/drivers", nvidiaDriver)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []nvidiaGPU
	for _, entry := range entries {
		device := filepath.Join(dir, entry.Name())
		text, err := readText(filepath.Join(device, "uevent"))
		if err != nil {
			continue // a file of the driver itself, or a device that has just gone
		}
		if g, ok := parseGPUEvent(text); ok && g.Device == entry.Name() {
			g.Driver, g.DriverVersion = nvidiaDriver, driverVersion(ctx, nvidiaDriver)
			found = append(found, nvidiaGPU{identity: g, known: g, dir: device})
		}
	}
	return found, nil
}

func (n *nvidiaGPUs) gpus() []GPU {
	all := make([]GPU, len(n.devices))
	for i := range n.devices {
		all[i] = n.devices[i].identity
	}
	return all
}

func (n *nvidiaGPUs) read() ([]GPU, error) {
	now := time.Now()
	all := make([]GPU, len(n.devices))
	var awake []int
	var addresses []string
	for i := range n.devices {
		d := &n.devices[i]
		if state := d.inactive(now); state != "" {
			all[i] = d.known.without(Idle, state, "")
			continue
		}
		awake, addresses = append(awake, i), append(addresses, d.identity.Device)
	}
	if len(awake) == 0 {
		n.client.Rest()
		return all, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), nvidiaPatience)
	defer cancel()
	reply, err := n.client.Sample(ctx, addresses)
	now = time.Now()
	for k, i := range awake {
		if err != nil {
			why, state := gpuFault(err)
			all[i] = n.devices[i].known.without(why, state, err.Error())
			continue
		}
		all[i] = n.devices[i].describe(reply.Devices[k], reply.Driver, now)
	}
	return all, nil
}

// inactive returns the state of one that is not to be asked, and "" for others.
func (d *nvidiaGPU) inactive(now time.Time) string {
	if isSuspended(d.dir) {
		d.rest.slept()
		d.before = nvidiaCounters{}
		return "suspended"
	}
	if d.probed.IsZero() || now.Sub(d.probed) >= gpuInterval {
		d.rest.probe(d.dir, false)
		d.probed = now
	}
	if d.rest.isOn(now) {
		d.before = nvidiaCounters{}
		return "resting"
	}
	return ""
}

func (d *nvidiaGPU) describe(r wire.Device, driver string, now time.Time) GPU {
	if r.Return != wire.Success {
		why, state := gpuFault(r.Return)
		return d.known.without(why, state, r.Return.Error())
	}
	g := &d.known
	g.Name, g.UUID = cmp.Or(r.Name, g.Name), cmp.Or(r.UUID, g.UUID)
	g.DriverVersion = cmp.Or(driver, g.DriverVersion)
	g.State = "active"
	describeNVIDIA(g, r)
	current := nvidiaCounters{now, nvmlValue(r.Numbers[wire.PCIeReceived], 1), nvmlValue(r.Numbers[wire.PCIeSent], 1)}
	g.PCIeReceived = rateOf(d.before.received, current.received, now.Sub(d.before.at))
	g.PCIeSent = rateOf(d.before.sent, current.sent, now.Sub(d.before.at))
	d.before = current
	usage, known := g.Usage.Get()
	unused := known && usage == 0 && g.ProcessesStatus == OK && len(g.Processes) == 0
	d.rest.saw(!unused, now)
	return *g
}

// describeNVIDIA writes all that is no rate.
func describeNVIDIA(g *GPU, r wire.Device) {
	n := r.Numbers
	if minor := n[wire.Minor]; minor.Return == wire.Success {
		g.Node = fmt.Sprintf("nvidia%d", minor.N)
	}
	g.Usage, g.MemoryController = nvmlPercent(n[wire.Usage]), nvmlPercent(n[wire.MemoryController])
	g.Encoder, g.Decoder = nvmlPercent(n[wire.Encoder]), nvmlPercent(n[wire.Decoder])
	g.MemoryUsed, g.MemoryTotal = nvmlValue(n[wire.MemoryUsed], 1), nvmlValue(n[wire.MemoryTotal], 1)
	g.MemoryUsedPercent = shareOf(g.MemoryUsed, g.MemoryTotal)
	g.Power, g.PowerLimit = nvmlValue(n[wire.Power], 1e-3), nvmlValue(n[wire.PowerLimit], 1e-3)
	g.Energy = nvmlValue(n[wire.Energy], 1e-3)
	g.Temperature, g.MemoryTemperature = nvmlTemperature(n[wire.Temperature]), nvmlTemperature(n[wire.MemoryTemperature])
	g.SlowdownTemperature, g.CriticalTemperature = nvmlTemperature(n[wire.SlowdownTemperature]), nvmlTemperature(n[wire.ShutdownTemperature])
	g.FanPercent = nvmlFan(n[wire.Fan])
	g.GraphicsClock, g.GraphicsClockMax = nvmlValue(n[wire.GraphicsClock], 1e6), nvmlValue(n[wire.GraphicsClockMax], 1e6)
	g.MemoryClock, g.MemoryClockMax = nvmlValue(n[wire.MemoryClock], 1e6), nvmlValue(n[wire.MemoryClockMax], 1e6)
	g.PerformanceState, g.MIG, g.ThrottleReasons, g.Processes = "", "", nil, nil
	if state := n[wire.PerformanceState]; state.Return == wire.Success && state.N <= 15 {
		g.PerformanceState = fmt.Sprintf("P%d", state.N)
	}
	if mode := n[wire.MIG]; mode.Return == wire.Success {
		g.MIG = "disabled"
		if mode.N != 0 {
			g.MIG = "enabled"
		}
	}
	if reasons := n[wire.ThrottleReasons]; reasons.Return == wire.Success {
		g.ThrottleReasons = throttleReasons(reasons.N)
	}
	g.ProcessesStatus = nvmlStatus(r.ProcessesReturn)
	if g.ProcessesStatus == OK {
		g.Processes = gpuProcesses(r.Processes)
	}
}

// invalidArgument is what drivers say of a field that they do not know.
const invalidArgument wire.Return = 2

func nvmlStatus(r wire.Return) Status {
	switch r {
	case wire.Success:
		return OK
	case wire.NotSupported, wire.FunctionNotFound, wire.VersionMismatch, invalidArgument:
		return Unsupported
	case wire.NoPermission:
		return Denied
	}
	return Failed
}

func nvmlValue(n wire.Number, unit float64) Value {
	if n.Return != wire.Success {
		return Missing(nvmlStatus(n.Return))
	}
	return Of(float64(n.N) * unit)
}

func nvmlPercent(n wire.Number) Value {
	if n.Return == wire.Success && n.N > 100 {
		return Missing(Failed)
	}
	return nvmlValue(n, 1)
}

// nvmlFan: a fan may turn faster than what it is meant to.
func nvmlFan(n wire.Number) Value {
	n.N = min(n.N, 100)
	return nvmlValue(n, 1)
}

// nvmlTemperature: NVML's type has no sign, which some libraries write all the same.
func nvmlTemperature(n wire.Number) Value {
	if n.Return != wire.Success {
		return nvmlValue(n, 1)
	}
	degrees := float64(int32(uint32(n.N)))
	if n.N > math.MaxUint32 || degrees < -273 || degrees > 250 {
		return Missing(Failed)
	}
	return Of(degrees)
}

// throttleNames are the bits of nvmlClocksThrottleReasons. Bit 0 is that the GPU
// has nothing to do, which is no reason to throttle.
var throttleNames = []struct {
	bit  uint64
	name string
}{
	{0x2, "applications_clocks_setting"},
	{0x4, "sw_power_cap"},
	{0x8, "hw_slowdown"},
	{0x10, "sync_boost"},
	{0x20, "sw_thermal_slowdown"},
	{0x40, "hw_thermal_slowdown"},
	{0x80, "hw_power_brake_slowdown"},
	{0x100, "display_clock_setting"},
}

func throttleReasons(bits uint64) []string {
	names := []string{}
	rest := bits &^ 1
	for _, known := range throttleNames {
		if bits&known.bit != 0 {
			names = append(names, known.name)
		}
		rest &^= known.bit
	}
	if rest != 0 {
		names = append(names, "other")
	}
	return names
}

// gpuProcesses makes one of each process. One that computes and draws is in both
// lists with all of its memory; one on several MIG instances is in a list for each.
func gpuProcesses(all []wire.Process) []GPUProcess {
	type share struct {
		memory [2]Value // of compute, of graphics
		listed [2]bool
	}
	shares := make(map[uint32]*share, len(all))
	for _, p := range all {
		s := shares[p.PID]
		if s == nil {
			s = new(share)
			shares[p.PID] = s
		}
		kind := 0
		if p.Graphics {
			kind = 1
		}
		memory := nvmlValue(p.Memory, 1)
		if s.listed[kind] {
			memory = sumOf(s.memory[kind], memory)
		}
		s.memory[kind], s.listed[kind] = memory, true
	}
	processes := make([]GPUProcess, 0, len(shares))
	for pid, s := range shares {
		p := GPUProcess{PID: pid, Kind: "compute", Memory: s.memory[0]}
		switch {
		case s.listed[0] && s.listed[1]:
			p.Kind, p.Memory = "both", largerOf(s.memory[0], s.memory[1])
		case s.listed[1]:
			p.Kind, p.Memory = "graphics", s.memory[1]
		}
		processes = append(processes, p)
	}
	slices.SortFunc(processes, func(a, b GPUProcess) int { return cmp.Compare(a.PID, b.PID) })
	return processes
}

// sumOf lacks what either lacks.
func sumOf(a, b Value) Value {
	x, ok := a.Get()
	if !ok {
		return a
	}
	y, ok := b.Get()
	if !ok {
		return b
	}
	return Of(x + y)
}

// largerOf is the larger of those that are there.
func largerOf(a, b Value) Value {
	x, hasX := a.Get()
	y, hasY := b.Get()
	if !hasX || hasY && y > x {
		return b
	}
	return a
}
