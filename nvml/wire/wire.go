// Package wire is what the helper that holds NVIDIA's library and the program
// that asks it say to each other, over a pipe each way.
//
// A request is a line of PCI addresses with spaces between. The reply is lines
// of a word and its text, and a line "end". Numbers are NVML's own, or "!" and
// the nvmlReturn_t that came in their place:
//
//	driver 550.54.15
//	device 0000:01:00.0
//	name NVIDIA H200
//	usage 35
//	fan !3
//	compute 4711 1073741824
//	processes 0
//	end
package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Number is what NVML says to one question: N, unless Return is an error.
type Number struct {
	N      uint64
	Return Return
}

// Process is a process on a device.
type Process struct {
	PID      uint32
	Graphics bool   // in the list of graphics processes, else in that of compute
	Memory   Number // bytes
}

// Device is all that NVML says of one GPU.
type Device struct {
	PCI     string // the address that was asked for
	Return  Return // an error where nothing else is known
	Name    string
	UUID    string
	Numbers [Quantities]Number

	Processes       []Process
	ProcessesReturn Return // why Processes lacks some
}

// NewDevice returns a Device of which nothing is known.
func NewDevice(pci string) Device {
	d := Device{PCI: pci, ProcessesReturn: FunctionNotFound}
	for i := range d.Numbers {
		d.Numbers[i].Return = FunctionNotFound
	}
	return d
}

// Reply is the answer to one request.
type Reply struct {
	Fault   *Fault // why there are no devices
	Driver  string // version of the kernel's driver
	Devices []Device
}

// Fault is why NVML does not work at all.
type Fault struct {
	Library string // what the dynamic loader says, where it found no NVML
	Return  Return // what NVML says to nvmlInit, otherwise
}

// End is the last line of a reply.
const End = "end"

// AppendReply appends the lines of r.
func AppendReply(b []byte, r Reply) []byte {
	switch {
	case r.Fault != nil && r.Fault.Library != "":
		b = appendLine(b, "library", r.Fault.Library)
	case r.Fault != nil:
		b = appendNumber(b, "init", Number{Return: r.Fault.Return})
	}
	if r.Driver != "" {
		b = appendLine(b, "driver", r.Driver)
	}
	for i := range r.Devices {
		b = appendDevice(b, &r.Devices[i])
	}
	return append(b, End+"\n"...)
}

func appendDevice(b []byte, d *Device) []byte {
	b = appendLine(b, "device", d.PCI)
	if d.Return != Success {
		return appendNumber(b, "lost", Number{Return: d.Return})
	}
	b = appendLine(b, "name", d.Name)
	b = appendLine(b, "uuid", d.UUID)
	for q, n := range d.Numbers {
		b = appendNumber(b, quantityNames[q], n)
	}
	for _, p := range d.Processes {
		kind := "compute"
		if p.Graphics {
			kind = "graphics"
		}
		b = appendNumber(b, kind+" "+strconv.FormatUint(uint64(p.PID), 10), p.Memory)
	}
	return appendNumber(b, "processes", Number{Return: d.ProcessesReturn})
}

// appendLine keeps text to one line of printable characters.
func appendLine(b []byte, word, text string) []byte {
	b = append(append(b, word...), ' ')
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c == 0x7f {
			c = ' '
		}
		b = append(b, c)
	}
	return append(b, '\n')
}

func appendNumber(b []byte, word string, n Number) []byte {
	b = append(append(b, word...), ' ')
	if n.Return != Success {
		b = append(b, '!')
		n.N = uint64(n.Return)
	}
	return append(strconv.AppendUint(b, n.N, 10), '\n')
}

var errNoDevice = errors.New("a device's line before any device")

// ParseReply takes the lines of a reply but for the last one. Words that it does
// not know are errors: both ends are of one build.
func ParseReply(text string) (Reply, error) {
	var r Reply
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if err := r.take(word, rest); err != nil {
			return Reply{}, fmt.Errorf("line %q: %w", line, err)
		}
	}
	return r, nil
}

func (r *Reply) take(word, rest string) error {
	switch word {
	case "library":
		r.Fault = &Fault{Library: rest}
		return nil
	case "init":
		n, err := parseNumber(rest)
		r.Fault = &Fault{Return: n.Return}
		return err
	case "driver":
		r.Driver = rest
		return nil
	case "device":
		r.Devices = append(r.Devices, NewDevice(rest))
		return nil
	}
	if len(r.Devices) == 0 {
		return errNoDevice
	}
	return r.Devices[len(r.Devices)-1].take(word, rest)
}

func (d *Device) take(word, rest string) (err error) {
	switch word {
	case "name":
		d.Name = rest
	case "uuid":
		d.UUID = rest
	case "lost":
		d.Return, err = parseReturn(rest)
	case "processes":
		d.ProcessesReturn, err = parseReturn(rest)
	case "compute", "graphics":
		err = d.takeProcess(word == "graphics", rest)
	default:
		q, known := quantityNamed(word)
		if !known {
			return errors.New("unknown word")
		}
		d.Numbers[q], err = parseNumber(rest)
	}
	return err
}

func (d *Device) takeProcess(graphics bool, text string) error {
	pid, memory, _ := strings.Cut(text, " ")
	id, err := strconv.ParseUint(pid, 10, 32)
	if err != nil {
		return err
	}
	bytes, err := parseNumber(memory)
	if err != nil {
		return err
	}
	d.Processes = append(d.Processes, Process{uint32(id), graphics, bytes})
	return nil
}

func parseNumber(text string) (Number, error) {
	if code, isReturn := strings.CutPrefix(text, "!"); isReturn {
		n, err := strconv.ParseUint(code, 10, 32)
		return Number{Return: Return(n)}, err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return Number{N: n}, err
}

// parseReturn takes "!7", and "0" for success.
func parseReturn(text string) (Return, error) {
	n, err := parseNumber(text)
	return n.Return, err
}
