package main

import (
	"unsafe"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// processInfo is nvmlProcessInfo_t of the functions _v2 and _v3.
type processInfo struct {
	pid              uint32
	memory           uint64
	gpuInstance      uint32
	computeInstances uint32
}

// notAvailable is NVML_VALUE_NOT_AVAILABLE.
const notAvailable = ^uint64(0)

// maxProcesses is far more than the contexts that fit on a GPU.
const maxProcesses = 1 << 14

// processes lists those of both kinds. With an error the list lacks some.
func (l *library) processes(handle uintptr) ([]wire.Process, wire.Return) {
	compute, why := l.list("nvmlDeviceGetComputeRunningProcesses", handle)
	graphics, whyNot := l.list("nvmlDeviceGetGraphicsRunningProcesses", handle)
	if whyNot == wire.NotSupported && why == wire.Success {
		whyNot = wire.Success // a GPU that only computes
	}
	all := make([]wire.Process, 0, len(compute)+len(graphics))
	for _, p := range compute {
		all = append(all, wire.Process{PID: p.pid, Memory: p.bytes()})
	}
	for _, p := range graphics {
		all = append(all, wire.Process{PID: p.pid, Graphics: true, Memory: p.bytes()})
	}
	if why == wire.Success {
		why = whyNot
	}
	return all, why
}

func (p processInfo) bytes() wire.Number {
	if p.memory == notAvailable {
		return wire.Number{Return: wire.NotSupported}
	}
	return wire.Number{N: p.memory}
}

// list calls the newest form of a function there is. The first form, of before
// 2021, has another struct and is left alone.
func (l *library) list(name string, handle uintptr) ([]processInfo, wire.Return) {
	newest := name + "_v3"
	if !l.has(newest) {
		newest = name + "_v2"
	}
	for room := uint32(64); room <= maxProcesses; room *= 4 {
		found := make([]processInfo, room)
		count := room
		r := l.call(newest, handle, uintptr(unsafe.Pointer(&count)), uintptr(unsafe.Pointer(&found[0])))
		if r == wire.InsufficientSize {
			continue
		}
		if r != wire.Success {
			return nil, r
		}
		return found[:min(count, room)], r
	}
	return nil, wire.InsufficientSize
}
