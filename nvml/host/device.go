package main

import (
	"unsafe"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// device is a GPU with what stays the same about it.
type device struct {
	handle uintptr
	fixed  wire.Device
}

// NVML's enumerations.
const (
	temperatureGPU    = 0 // nvmlTemperatureSensors_t
	thresholdShutdown = 0 // nvmlTemperatureThresholds_t
	thresholdSlowdown = 1
	clockGraphics     = 0 // nvmlClockType_t
	clockMemory       = 2
)

func newDevice(l *library, handle uintptr, pci string) *device {
	d := &device{handle, wire.NewDevice(pci)}
	d.fixed.Name = l.deviceText("nvmlDeviceGetName", handle)
	d.fixed.UUID = l.deviceText("nvmlDeviceGetUUID", handle)
	d.fixed.Numbers[wire.Minor] = l.number("nvmlDeviceGetMinorNumber", handle)
	d.fixed.Numbers[wire.ShutdownTemperature] = l.numberOf("nvmlDeviceGetTemperatureThreshold", handle, thresholdShutdown)
	d.fixed.Numbers[wire.SlowdownTemperature] = l.numberOf("nvmlDeviceGetTemperatureThreshold", handle, thresholdSlowdown)
	d.fixed.Numbers[wire.GraphicsClockMax] = l.numberOf("nvmlDeviceGetMaxClockInfo", handle, clockGraphics)
	d.fixed.Numbers[wire.MemoryClockMax] = l.numberOf("nvmlDeviceGetMaxClockInfo", handle, clockMemory)
	return d
}

func (d *device) read(l *library) wire.Device {
	r := d.fixed
	n := &r.Numbers
	n[wire.Usage], n[wire.MemoryController] = l.pair("nvmlDeviceGetUtilizationRates", d.handle)
	n[wire.Encoder] = l.sampled("nvmlDeviceGetEncoderUtilization", d.handle)
	n[wire.Decoder] = l.sampled("nvmlDeviceGetDecoderUtilization", d.handle)
	n[wire.MemoryTotal], n[wire.MemoryUsed] = l.memory(d.handle)
	n[wire.Power] = l.number("nvmlDeviceGetPowerUsage", d.handle)
	n[wire.PowerLimit] = l.number("nvmlDeviceGetEnforcedPowerLimit", d.handle)
	n[wire.Energy] = l.wide("nvmlDeviceGetTotalEnergyConsumption", d.handle)
	n[wire.Temperature] = l.numberOf("nvmlDeviceGetTemperature", d.handle, temperatureGPU)
	n[wire.Fan] = l.number("nvmlDeviceGetFanSpeed", d.handle)
	n[wire.GraphicsClock] = l.numberOf("nvmlDeviceGetClockInfo", d.handle, clockGraphics)
	n[wire.MemoryClock] = l.numberOf("nvmlDeviceGetClockInfo", d.handle, clockMemory)
	n[wire.PerformanceState] = l.number("nvmlDeviceGetPerformanceState", d.handle)
	n[wire.ThrottleReasons] = l.wide("nvmlDeviceGetCurrentClocksThrottleReasons", d.handle)
	n[wire.MIG], _ = l.twoNumbers("nvmlDeviceGetMigMode", d.handle)
	l.fields(d.handle, n)
	r.Processes, r.ProcessesReturn = l.processes(d.handle)
	for _, number := range n {
		if number.Return == wire.GPUIsLost || number.Return == wire.ResetRequired || number.Return == wire.Uninitialized {
			r.Return = number.Return
		}
	}
	return r
}

// number asks for an unsigned int.
func (l *library) number(name string, handle uintptr) wire.Number {
	var n uint32
	r := l.call(name, handle, uintptr(unsafe.Pointer(&n)))
	return wire.Number{N: uint64(n), Return: r}
}

// numberOf asks for an unsigned int of one of several kinds.
func (l *library) numberOf(name string, handle, kind uintptr) wire.Number {
	var n uint32
	r := l.call(name, handle, kind, uintptr(unsafe.Pointer(&n)))
	return wire.Number{N: uint64(n), Return: r}
}

// wide asks for an unsigned long long.
func (l *library) wide(name string, handle uintptr) wire.Number {
	var n uint64
	r := l.call(name, handle, uintptr(unsafe.Pointer(&n)))
	return wire.Number{N: n, Return: r}
}

// pair asks for a struct of two unsigned ints (nvmlUtilization_t).
func (l *library) pair(name string, handle uintptr) (first, second wire.Number) {
	var pair [2]uint32
	r := l.call(name, handle, uintptr(unsafe.Pointer(&pair)))
	return wire.Number{N: uint64(pair[0]), Return: r}, wire.Number{N: uint64(pair[1]), Return: r}
}

// twoNumbers asks for two unsigned ints, each through a pointer of its own.
func (l *library) twoNumbers(name string, handle uintptr) (first, second wire.Number) {
	var a, b uint32
	r := l.call(name, handle, uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&b)))
	return wire.Number{N: uint64(a), Return: r}, wire.Number{N: uint64(b), Return: r}
}

// sampled asks for a percentage, and leaves out the period it was sampled over.
func (l *library) sampled(name string, handle uintptr) wire.Number {
	percent, _ := l.twoNumbers(name, handle)
	return percent
}

// memoryInfo is nvmlMemory_v2_t, and with total, free and used alone nvmlMemory_t.
type memoryInfo struct {
	version                     uint32
	total, reserved, free, used uint64
}

// versioned is what NVML_STRUCT_VERSION makes of a struct's size and version.
func versioned(size uintptr, version uint32) uint32 { return uint32(size) | version<<24 }

func (l *library) memory(handle uintptr) (total, used wire.Number) {
	var v2 memoryInfo
	v2.version = versioned(unsafe.Sizeof(v2), 2)
	r := l.call("nvmlDeviceGetMemoryInfo_v2", handle, uintptr(unsafe.Pointer(&v2)))
	if r == wire.Success {
		return wire.Number{N: v2.total}, wire.Number{N: v2.used}
	}
	if r == wire.FunctionNotFound || r == wire.NotSupported || r == wire.VersionMismatch {
		var v1 struct{ total, free, used uint64 }
		r = l.call("nvmlDeviceGetMemoryInfo", handle, uintptr(unsafe.Pointer(&v1)))
		return wire.Number{N: v1.total, Return: r}, wire.Number{N: v1.used, Return: r}
	}
	return wire.Number{Return: r}, wire.Number{Return: r}
}

// fieldValue is nvmlFieldValue_t.
type fieldValue struct {
	field, scope uint32
	timestamp    int64
	latency      int64
	valueType    uint32
	result       uint32
	value        uint64 // a union; of a narrower type in its first bytes
}

// The fields asked for, and the types of nvmlValueType_t.
const (
	fieldMemoryTemperature = 82
	fieldPCIeSent          = 197
	fieldPCIeReceived      = 198

	typeUnsignedInt      = 1
	typeUnsignedLong     = 2
	typeUnsignedLongLong = 3
)

func (l *library) fields(handle uintptr, into *[wire.Quantities]wire.Number) {
	asked := [...]struct {
		field uint32
		wire.Quantity
	}{
		{fieldMemoryTemperature, wire.MemoryTemperature},
		{fieldPCIeSent, wire.PCIeSent},
		{fieldPCIeReceived, wire.PCIeReceived},
	}
	values := make([]fieldValue, len(asked))
	for i := range asked {
		values[i].field = asked[i].field
	}
	r := l.call("nvmlDeviceGetFieldValues", handle, uintptr(len(values)), uintptr(unsafe.Pointer(&values[0])))
	for i := range asked {
		into[asked[i].Quantity] = values[i].number(r)
	}
}

// number takes a counter of bytes only where it is wide: one of 32 bits wraps
// several times a second, unseen.
func (v *fieldValue) number(called wire.Return) wire.Number {
	isCounter := v.field == fieldPCIeSent || v.field == fieldPCIeReceived
	switch {
	case called != wire.Success:
		return wire.Number{Return: called}
	case v.result != 0:
		return wire.Number{Return: wire.Return(v.result)}
	case v.valueType == typeUnsignedLong || v.valueType == typeUnsignedLongLong:
		return wire.Number{N: v.value}
	case v.valueType == typeUnsignedInt && !isCounter:
		return wire.Number{N: uint64(*(*uint32)(unsafe.Pointer(&v.value)))}
	}
	return wire.Number{Return: wire.NotSupported}
}
