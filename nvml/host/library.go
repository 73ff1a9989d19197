package main

import (
	"bytes"
	"os"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// library is NVML, initialised. Functions are looked up when they are first
// called: which there are depends on the driver.
type library struct {
	handle    uintptr
	functions map[string]uintptr // 0 for what this library has not
}

// open loads the first of paths that can be loaded, and initialises it.
func open(paths []string) (*library, *wire.Fault) {
	var reasons []string
	for i, path := range paths {
		if _, err := os.Stat(path); i > 0 && err != nil {
			continue // the reason that counts is that of the loader's own search
		}
		handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			reasons = append(reasons, err.Error())
			continue
		}
		lib := &library{handle, make(map[string]uintptr)}
		if r := lib.call("nvmlInit_v2"); r != wire.Success {
			purego.Dlclose(handle)
			return nil, &wire.Fault{Return: r}
		}
		return lib, nil
	}
	return nil, &wire.Fault{Library: strings.Join(reasons, "; ")}
}

func (l *library) function(name string) uintptr {
	address, known := l.functions[name]
	if !known {
		address, _ = purego.Dlsym(l.handle, name)
		l.functions[name] = address
	}
	return address
}

func (l *library) has(name string) bool { return l.function(name) != 0 }

// call calls a function that returns an nvmlReturn_t. Pointers have to be
// converted among its arguments: that keeps what they point to alive and in place.
//
//go:uintptrescapes
func (l *library) call(name string, args ...uintptr) wire.Return {
	address := l.function(name)
	if address == 0 {
		return wire.FunctionNotFound
	}
	r, _, _ := purego.SyscallN(address, args...)
	return wire.Return(uint32(r))
}

// textSize is what NVML's longest texts fit in (NVML_DEVICE_NAME_V2_BUFFER_SIZE).
const textSize = 96

// text is a C string, or "" when the call that wrote it failed.
func text(buf *[textSize]byte, r wire.Return) string {
	end := bytes.IndexByte(buf[:], 0)
	if r != wire.Success || end < 0 {
		return ""
	}
	return string(buf[:end])
}

func (l *library) driverVersion() string {
	var buf [textSize]byte
	return text(&buf, l.call("nvmlSystemGetDriverVersion", uintptr(unsafe.Pointer(&buf)), textSize))
}

func (l *library) deviceText(name string, handle uintptr) string {
	var buf [textSize]byte
	return text(&buf, l.call(name, handle, uintptr(unsafe.Pointer(&buf)), textSize))
}

// find looks a device up by "domain:bus:device.function".
func (l *library) find(pci string) (*device, wire.Return) {
	var handle uintptr
	address := append([]byte(pci), 0)
	r := l.call("nvmlDeviceGetHandleByPciBusId_v2", uintptr(unsafe.Pointer(&address[0])), uintptr(unsafe.Pointer(&handle)))
	if r != wire.Success {
		return nil, r
	}
	return newDevice(l, handle, pci), r
}
