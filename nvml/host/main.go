// Command host is the helper that has NVIDIA's library in its process, for
// package nvml: it answers the requests of package wire on its standard input
// until that ends. Its arguments are the paths of the library to try.
//
// It is built without cgo and, unlike the program that starts it, linked
// dynamically, because only then can it load a library.
package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// libraries is where drivers put NVML: where the loader looks, and the places
// of NixOS and of images that have the driver mounted.
var libraries = []string{
	"libnvidia-ml.so.1",
	"/run/opengl-driver/lib/libnvidia-ml.so.1",
	"/usr/local/nvidia/lib64/libnvidia-ml.so.1",
	"/usr/lib/nvidia/libnvidia-ml.so.1",
}

func main() {
	nameProcess("tacho-nvml")
	closeInherited()
	paths := os.Args[1:]
	if len(paths) == 0 {
		paths = libraries
	}
	h := host{paths: paths}
	in := bufio.NewReader(os.Stdin)
	var reply []byte
	for {
		request, err := in.ReadString('\n')
		if err != nil {
			return
		}
		reply = wire.AppendReply(reply[:0], h.answer(strings.Fields(request)))
		if _, err := os.Stdout.Write(reply); err != nil {
			return
		}
	}
}

// nameProcess is for what ps shows: the kernel names a process that is executed
// from memory after its descriptor. Without it the name is just that.
func nameProcess(name string) { os.WriteFile("/proc/self/comm", []byte(name), 0) }

// closeInherited closes what the parent was itself given and did not mark to be
// closed: whoever waits for the end of such a pipe must not wait for this process.
// All that the runtime opens is marked.
func closeInherited() {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd <= 2 {
			continue
		}
		flags, _, errno := syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			syscall.Close(fd)
		}
	}
}

// host remembers what it found of the library and of the devices.
type host struct {
	paths   []string
	lib     *library // nil until it is loaded and initialised
	driver  string
	devices map[string]*device
}

func (h *host) answer(addresses []string) wire.Reply {
	if h.lib == nil {
		lib, fault := open(h.paths)
		if fault != nil {
			return wire.Reply{Fault: fault}
		}
		h.lib, h.driver, h.devices = lib, lib.driverVersion(), make(map[string]*device)
	}
	reply := wire.Reply{Driver: h.driver}
	for _, pci := range addresses {
		reply.Devices = append(reply.Devices, h.read(pci))
	}
	return reply
}

func (h *host) read(pci string) wire.Device {
	known, ok := h.devices[pci]
	if !ok {
		found, why := h.lib.find(pci)
		if why != wire.Success {
			lost := wire.NewDevice(pci)
			lost.Return = why
			return lost
		}
		known = found
		h.devices[pci] = known
	}
	reading := known.read(h.lib)
	if reading.Return != wire.Success {
		delete(h.devices, pci)
	}
	return reading
}
