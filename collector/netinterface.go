package collector

import (
	"errors"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// The kinds of an [Interface].
const (
	KindPhysical = "physical"
	KindVirtual  = "virtual"
	KindLoopback = "loopback"
)

// interfaceFacts is what rarely changes of an interface.
type interfaceFacts struct {
	kind    string
	address string
	mtu     Value
}

// readInterfaceFacts reads what it finds below /sys/class/net/NAME.
func readInterfaceFacts(dir string) (f interfaceFacts) {
	f.kind = readInterfaceKind(dir)
	f.address, _ = readWord(filepath.Join(dir, "address"))
	word, err := readWord(filepath.Join(dir, "mtu"))
	if err != nil {
		f.mtu = Missing(statusOf(err))
		return f
	}
	mtu, err := strconv.ParseUint(word, 10, 32)
	if err != nil {
		f.mtu = Missing(Failed)
		return f
	}
	f.mtu = Of(float64(mtu))
	return f
}

func readInterfaceKind(dir string) string {
	const loopbackType = "772" // ARPHRD_LOOPBACK
	hardware, err := readWord(filepath.Join(dir, "type"))
	switch {
	case hardware == loopbackType, filepath.Base(dir) == "lo":
		return KindLoopback
	case exists(filepath.Join(dir, "device")):
		return KindPhysical
	case err == nil:
		return KindVirtual
	}
	return ""
}

// readInterfaceSpeed asks the driver, which may take as long as it likes, and
// which may refuse with EINVAL while the link is down.
func readInterfaceSpeed(dir string) Value {
	word, err := readWord(filepath.Join(dir, "speed"))
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP):
		return Missing(Unsupported)
	case err != nil:
		return Missing(statusOf(err))
	}
	megabits, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return Missing(Failed)
	}
	const unknown = 1<<32 - 1 // -1 as kernels before 3.18 write it
	if megabits <= 0 || megabits == unknown {
		return Missing(Unsupported)
	}
	return Of(float64(megabits) * 1e6)
}
