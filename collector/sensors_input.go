package collector

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// keptFile is a file of sysfs that is read over and over through one descriptor:
// the kernel makes its text anew for each read from its beginning.
type keptFile struct {
	path string
	file *os.File // closes the descriptor when a call that hung in it is forgotten
	fd   int
	buf  [64]byte
}

// read returns the text, valid until the next call, without the space around it.
// A text that fills the buffer is longer than any number.
func (f *keptFile) read() ([]byte, error) {
	if f.file == nil {
		return f.open()
	}
	n, err := retryEINTR(func() (int, error) { return unix.Pread(f.fd, f.buf[:], 0) })
	if err != nil {
		f.close() // what was unplugged may be back under the same name
		return nil, &fs.PathError{Op: "read", Path: f.path, Err: err}
	}
	return trimSpaceASCII(f.buf[:n]), nil
}

func (f *keptFile) open() ([]byte, error) {
	fd, err := retryEINTR(func() (int, error) { return unix.Open(f.path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.path, Err: err}
	}
	f.fd, f.file = fd, os.NewFile(uintptr(fd), f.path)
	n, err := retryEINTR(func() (int, error) { return unix.Read(fd, f.buf[:]) })
	if err != nil {
		f.close()
		return nil, &fs.PathError{Op: "read", Path: f.path, Err: err}
	}
	return trimSpaceASCII(f.buf[:n]), nil
}

func (f *keptFile) close() {
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}

// trimSpaceASCII is bytes.TrimSpace for what the kernel prints.
func trimSpaceASCII(text []byte) []byte {
	for len(text) > 0 && text[len(text)-1] <= ' ' {
		text = text[:len(text)-1]
	}
	for len(text) > 0 && text[0] <= ' ' {
		text = text[1:]
	}
	return text
}

// sensorQuantity is how hwmon names and scales what it measures (see
// Documentation/hwmon/sysfs-interface.rst), and what a reading can be.
type sensorQuantity struct {
	kind        SensorKind
	prefix      string
	unit        string
	divisor     float64
	least, most float64
}

// energySensor is no kind of Sensor: what counts energy is an EnergyMeter.
const energySensor SensorKind = "energy"

var sensorQuantities = []sensorQuantity{
	{TemperatureSensor, "temp", "celsius", 1e3, -60, 250},
	{FanSensor, "fan", "rpm", 1, 0, 1e5},
	{VoltageSensor, "in", "volts", 1e3, -1e3, 1e3},
	{CurrentSensor, "curr", "amperes", 1e3, -1e4, 1e4},
	{PowerSensor, "power", "watts", 1e6, -1e6, 1e6},
	{HumiditySensor, "humidity", "percent", 1e3, 0, 100},
	{energySensor, "energy", "joules", 1e6, 0, math.MaxInt64},
}

// temperatureQuantity is that of thermal zones as well.
var temperatureQuantity = &sensorQuantities[0]

// can reports whether something of this kind can measure so much.
func (q *sensorQuantity) can(value float64) bool {
	if q.kind == TemperatureSensor && value >= 127 && value <= 128 {
		return false // the end of a register of 8 bits: no diode is connected
	}
	return value >= q.least && value <= q.most
}

// parse takes the text of an input.
func (q *sensorQuantity) parse(text []byte) inputReading {
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return inputReading{Missing(Failed), "no number: " + strconv.Quote(string(text))}
	}
	value := float64(number) / q.divisor
	if !q.can(value) {
		return inputReading{Missing(Failed), strconv.FormatFloat(value, 'f', -1, 64) + " " + q.unit + " cannot be: nothing connected?"}
	}
	return inputReading{value: Of(value)}
}

// limit takes the text of a limit. Drivers give 0 or the ends of a register for
// those that nobody has set; no less than 0 °C is one that somebody may have.
func (q *sensorQuantity) limit(text string, upper bool) Value {
	number, err := strconv.ParseInt(text, 10, 64)
	value := float64(number) / q.divisor
	switch {
	case err != nil, !q.can(value), number == 0 && q.kind != TemperatureSensor:
		return Missing(Unsupported)
	case upper && q.kind == TemperatureSensor && value <= 0:
		return Missing(Unsupported)
	}
	return Of(value)
}

// inputFault says what an error of reading an input means for it.
func inputFault(err error) inputReading {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return inputReading{Missing(Failed), err.Error()}
	}
	switch errno {
	case unix.ENODATA, unix.ENXIO, unix.ENODEV, unix.ENOENT, unix.EOPNOTSUPP:
		return inputReading{Missing(Unsupported), "nothing to read: " + errno.Error()}
	case unix.EACCES, unix.EPERM:
		return inputReading{Missing(Denied), errno.Error()}
	}
	return inputReading{Missing(Failed), errno.Error()}
}

// inputOf splits the name of a file such as temp12_input into its quantity and
// temp12; false for other files.
func inputOf(file string) (*sensorQuantity, string, bool) {
	input, what, _ := strings.Cut(file, "_")
	for i := range sensorQuantities {
		q := &sensorQuantities[i]
		number, ok := strings.CutPrefix(input, q.prefix)
		if ok && isNumber(number) && (what == "input" || what == "average" && q.kind == PowerSensor) {
			return q, input, true
		}
	}
	return nil, "", false
}

// readLine reads a short text of sysfs, "" where there is none.
func readLine(dir, file string) string {
	text, err := readWord(filepath.Join(dir, file))
	if err != nil {
		return ""
	}
	return text
}
